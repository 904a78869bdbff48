import { useTranslation } from "react-i18next";
import { coverUrl } from "../catalog/track";
import { useActiveRoom, type ActiveRoom } from "../room/activeRoom";
import { RoomContext, useControl, useRoom, useRoomView } from "../room/useRoom";
import { complain } from "../shell/toasts";
import { useView } from "../shell/useView";
import { pauseTrack, playTrack, useTrackPlayer } from "./trackPlayer";
import { useCurrentItem } from "./useCurrentItem";
import { useMediaSession } from "./useMediaSession";

/** Lock screen, media keys and headset buttons for whatever is heard, on every page. Shows nothing. */
export function MediaKeys() {
  const active: ActiveRoom | null = useActiveRoom((store) => store.active);
  if (!active) return <TrackKeys />;
  return (
    <RoomContext.Provider value={active}>
      <RoomKeys />
    </RoomContext.Provider>
  );
}

function TrackKeys() {
  const { track, phase } = useTrackPlayer();
  useMediaSession(
    track && {
      title: track.title,
      artist: track.artist ?? "",
      artwork: track.hasCover ? coverUrl(track.id) : null,
      isPlaying: phase === "playing" || phase === "loading",
      onPlay: () => playTrack(track),
      onPause: pauseTrack,
    },
  );
  return null;
}

function RoomKeys() {
  const { t } = useTranslation();
  const { state, player } = useRoom();
  const item = useCurrentItem();
  const isPlaying = useRoomView((view) => view.playback?.status === "playing");
  const isHeard = useView(player.view, (view) => view.state !== "blocked" && view.state !== "idle");
  const play = useControl("play");
  const skip = useControl("skip");
  const run = (work: () => Promise<unknown>) => () => void work().catch((error: unknown) => complain(t("problem.title"), error));
  useMediaSession(
    item && isHeard
      ? {
          title: item.title,
          artist: item.artist ?? "",
          artwork: item.has_cover ? coverUrl(item.track_id) : null,
          isPlaying,
          onPlay: play.allowed ? run(() => state.play()) : undefined,
          onPause: play.allowed ? run(() => state.pause()) : undefined,
          onNext: skip.allowed ? run(() => state.next()) : undefined,
          onPrevious: skip.allowed ? run(() => state.previous()) : undefined,
        }
      : null,
  );
  return null;
}

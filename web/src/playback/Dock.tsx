import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { Cover } from "../catalog/Cover";
import { coverUrl, thumbnailUrl } from "../catalog/track";
import { exitRoom, useActiveRoom, type ActiveRoom } from "../room/activeRoom";
import { Button, IconButton } from "../shell/Button";
import { useFrame } from "../shell/useFrame";
import { useView } from "../shell/useView";
import { useRef } from "react";
import { pauseTrack, playTrack, stopTrack, trackPosition, useTrackPlayer } from "./trackPlayer";
import "./dock.css";

/** What is heard while its own page is not open. Test ids: `dock`, `dock-toggle`, `dock-back`, `dock-stop`. */
export function Dock() {
  const { pathname } = useLocation();
  const active = useActiveRoom((store) => store.active);
  const track = useTrackPlayer((player) => player.track);
  if (active && pathname !== `/room/${active.roomId}`) return <RoomDock active={active} />;
  if (track && pathname !== `/track/${track.id}` && !pathname.startsWith("/room/")) return <TrackDock />;
  return null;
}

function TrackDock() {
  const { t } = useTranslation();
  const { track, phase } = useTrackPlayer();
  const line = useRef<HTMLSpanElement>(null);
  const isPlaying = phase === "playing" || phase === "loading";
  useFrame(() => {
    if (line.current && track?.durationMs) line.current.style.scale = `${Math.min(1, trackPosition() / track.durationMs)} 1`;
  }, phase === "playing");
  if (!track) return null;
  return (
    <section className="dock" aria-label={t("playback.trackPlayer")} data-testid="dock">
      <span className="dock-line" ref={line} aria-hidden="true" />
      <Link to={`/track/${track.id}`} className="dock-what">
        <Cover trackId={track.id} url={track.hasCover ? thumbnailUrl(track.id) : null} size={44} />
        <span className="dock-names">
          <strong className="clip">{track.title}</strong>
          <span className="clip faint">{phase === "failed" ? t("playback.failed") : (track.artist ?? t("catalog.unknownArtist"))}</span>
        </span>
      </Link>
      <IconButton
        icon={isPlaying ? "pause" : "play"}
        label={t(isPlaying ? "catalog.pause" : "catalog.play", { title: track.title })}
        solid
        onClick={() => (isPlaying ? pauseTrack() : playTrack(track))}
        data-testid="dock-toggle"
      />
      <IconButton icon="close" label={t("close")} onClick={stopTrack} data-testid="dock-stop" />
    </section>
  );
}

function RoomDock({ active }: { active: ActiveRoom }) {
  const { t } = useTranslation();
  const room = useView(active.state, (view) => view.room);
  const playback = useView(active.state, (view) => view.playback);
  const queue = useView(active.state, (view) => view.queue);
  const item = queue?.items.find((entry) => entry.id === playback?.item_id);
  const name = room?.name ?? "";
  return (
    <section className="dock" aria-label={t("playback.region")} data-testid="dock">
      <Link to={`/room/${active.roomId}`} className="dock-what">
        <Cover trackId={item?.track_id ?? active.roomId} url={item?.has_cover ? coverUrl(item.track_id) : null} size={44} />
        <span className="dock-names">
          <strong className="clip">{item?.title ?? t("playback.nothing")}</strong>
          <span className="clip faint">{name}</span>
        </span>
      </Link>
      <Link className="button small" to={`/room/${active.roomId}`} data-testid="dock-back">
        {t("room.backToRoom", { room: name })}
      </Link>
      <Button size="small" look="quiet" onClick={exitRoom} data-testid="dock-stop">
        {t("room.stopListening")}
      </Button>
    </section>
  );
}

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Cover } from "../catalog/Cover";
import { coverUrl } from "../catalog/track";
import { useRoom, useControl, usePersonName, useRoomView } from "../room/useRoom";
import { Icon } from "../shell/Icon";
import { complain } from "../shell/toasts";
import { useView } from "../shell/useView";
import { JoinSound } from "./JoinSound";
import { usePeaks } from "./peaks";
import { Times } from "./Times";
import { Transport } from "./Transport";
import { VolumeControl } from "./VolumeControl";
import { Waveform } from "./Waveform";
import { useCurrentItem } from "./useCurrentItem";
import "./playback.css";

/**
 * The record everybody hears, and where it is. Test ids: `now-playing` (with `data-status`,
 * `data-item-id`, `data-player`, `data-engine`, and `data-unfit`: why not Web Audio), `now-title`, `room-waveform`, `position`, `duration`, and those of
 * Transport, VolumeControl, JoinSound.
 */
export function NowPlaying() {
  const { t } = useTranslation();
  const { state, player, engine: switcher } = useRoom();
  const item = useCurrentItem();
  const status = useRoomView((view) => view.playback?.status ?? "paused");
  const waitingFor = useRoomView((view) => view.playback?.waiting_for);
  const sound = useView(player.view, (view) => view.state);
  const engine = useView(player.view, (view) => view.engine);
  const seek = useControl("seek");
  const name = usePersonName();
  const peaks = usePeaks(item?.track_id ?? null);
  const durationMs = item?.duration_ms ?? 0;
  const cover = item?.has_cover ? coverUrl(item.track_id) : null;
  const isMoving = status === "playing" || sound === "playing";

  return (
    <section className="now" aria-label={t("playback.region")} data-testid="now-playing" data-status={status} data-item-id={item?.id ?? ""} data-player={sound} data-engine={engine} data-unfit={switcher.unfit ?? undefined}>
      <Ambience coverUrl={cover} />
      <div className="now-cover">{item ? <Cover trackId={item.track_id} url={cover} size="fill" /> : <span className="cover blank"><Icon name="note" /></span>}</div>
      <div className="now-names">
        <h2 className="now-title" data-testid="now-title">
          {item?.title ?? t("playback.nothing")}
        </h2>
        <p className="now-artist">
          {item ? (item.artist ?? t("catalog.unknownArtist")) : t("playback.nothingHint")}
          {item && <span className="faint"> · {t("playback.broughtBy", { name: item.added_by.display_name })}</span>}
        </p>
        {status === "waiting" && waitingFor && waitingFor.length > 0 && (
          <p className="pill" role="status">
            {t("playback.waitingFor", { names: waitingFor.map(name).join(", ") })}
          </p>
        )}
        {sound === "failed" && (
          <p className="pill bad" role="alert">
            <Icon name="warning" />
            {t("playback.failed")}
          </p>
        )}
      </div>
      <div className="now-wave">
        <Waveform
          peaks={peaks}
          durationMs={durationMs}
          position={() => player.positionMs()}
          moving={isMoving}
          title={item?.title ?? ""}
          reason={seek.reason}
          onSeek={item && seek.allowed ? (positionMs) => state.seek(Math.round(positionMs)).catch((error: unknown) => complain(t("playback.seek"), error)) : undefined}
          testId="room-waveform"
        />
        <Times position={() => player.positionMs()} durationMs={durationMs} moving={isMoving} />
      </div>
      <div className="now-controls">
        {sound === "blocked" ? <JoinSound /> : <Transport />}
        <VolumeControl />
      </div>
    </section>
  );
}

/** The cover as light in the room: blurred far behind the player, faded in when it is there. */
function Ambience({ coverUrl }: { coverUrl: string | null }) {
  const [shown, setShown] = useState<string | null>(null);
  useEffect(() => {
    setShown(null);
    if (!coverUrl) return;
    const image = new Image();
    image.onload = () => setShown(image.src);
    image.src = coverUrl;
    return () => {
      image.onload = null;
    };
  }, [coverUrl]);
  return <div className="ambience" aria-hidden="true" style={shown ? { backgroundImage: `url("${shown}")`, opacity: 1 } : undefined} />;
}


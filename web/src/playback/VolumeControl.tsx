import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { useRoom } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { useView } from "../shell/useView";
import "./controls.css";

/** Loudness for oneself alone; nobody else's changes. Test ids: `volume`, `mute-button`. */
export function VolumeControl() {
  const { player } = useRoom();
  const volume = useView(player.view, (view) => view.volume);
  const muted = useView(player.view, (view) => view.muted);
  return <Volume volume={volume} muted={muted} onVolume={(value) => player.setVolume(value)} onMuted={(value) => player.setMuted(value)} />;
}

interface VolumeProps {
  volume: number;
  muted: boolean;
  onVolume: (volume: number) => void;
  onMuted: (muted: boolean) => void;
}

export function Volume({ volume, muted, onVolume, onMuted }: VolumeProps) {
  const { t } = useTranslation();
  const heard = muted ? 0 : volume;
  return (
    <div className="volume" title={t("playback.onlyYou")}>
      <IconButton icon={heard === 0 ? "muted" : "volume"} label={t(muted ? "playback.unmute" : "playback.mute")} aria-pressed={muted} onClick={() => onMuted(!muted)} data-testid="mute-button" />
      <input
        className="range"
        type="range"
        min={0}
        max={100}
        value={Math.round(heard * 100)}
        aria-label={`${t("playback.volume")} (${t("playback.onlyYou")})`}
        style={{ "--filled": `${heard * 100}%` } as CSSProperties}
        onChange={(event) => {
          onVolume(Number(event.target.value) / 100);
          if (muted) onMuted(false);
        }}
        data-testid="volume"
      />
    </div>
  );
}

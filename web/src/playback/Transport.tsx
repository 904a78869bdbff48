import type { Playback } from "@veza/client";
import { useTranslation } from "react-i18next";
import { useControl, useRoom, useRoomView } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { Icon } from "../shell/Icon";
import { complain } from "../shell/toasts";
import { useView } from "../shell/useView";

/**
 * Play, pause, next, previous for the whole room; disabled with the reason for those who may not.
 * Test ids: `play-button`, `pause-button`, `next-button`, `previous-button`, `controls-reason`.
 */
export function Transport() {
  const { t } = useTranslation();
  const { state, player } = useRoom();
  const play = useControl("play");
  const skip = useControl("skip");
  const status = useRoomView((view) => view.playback?.status ?? "paused");
  const hasItem = useRoomView((view) => Boolean(view.playback?.item_id));
  const hasPending = useRoomView((view) => view.queue?.items.some((item) => item.state === "pending") ?? false);
  const isLoading = useView(player.view, (view) => view.state === "loading");
  const isOn = status === "playing" || status === "waiting";

  const run = (what: string, work: () => Promise<Playback>) => () => {
    void player.unlock(); // this click is also the gesture that the browser wants for sound
    work().catch((error: unknown) => complain(what, error));
  };
  const playReason = play.reason ?? (hasItem || hasPending ? undefined : t("playback.nothingToPlay"));
  const nextReason = skip.reason ?? (hasPending || hasItem ? undefined : t("playback.nothingNext"));
  const reason = play.reason ?? skip.reason;

  return (
    <div className="transport">
      <div className="transport-buttons">
        <IconButton
          icon="previous"
          label={t("playback.previous")}
          disabled={!skip.allowed || !hasItem}
          title={skip.reason}
          onClick={run(t("playback.previous"), () => state.previous())}
          data-testid="previous-button"
        />
        <IconButton
          icon={isOn ? "pause" : "play"}
          className={isLoading ? "play-button busy" : "play-button"}
          label={t(isOn ? "playback.pause" : "playback.play")}
          title={playReason}
          solid
          disabled={Boolean(playReason)}
          onClick={run(t(isOn ? "playback.pause" : "playback.play"), () => (isOn ? state.pause() : state.play()))}
          data-testid={isOn ? "pause-button" : "play-button"}
        />
        <IconButton
          icon="next"
          label={t("playback.next")}
          disabled={Boolean(nextReason)}
          title={nextReason}
          onClick={run(t("playback.next"), () => state.next())}
          data-testid="next-button"
        />
      </div>
      {reason && (
        <p className="faint small-text controls-reason" data-testid="controls-reason">
          <Icon name="lock" className="inline" /> {reason}
        </p>
      )}
    </div>
  );
}

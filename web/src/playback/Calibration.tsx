import { CalibrationError } from "@veza/client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useActiveRoom } from "../room/activeRoom";
import { Button } from "../shell/Button";
import { calibrate } from "./engine";
import { settle, useSpeaker } from "./speaker";

type Phase =
  | { kind: "idle" }
  | { kind: "listening"; played: number; of: number }
  | { kind: "done"; delayMs: number }
  | { kind: "failed"; why: CalibrationError["code"] | "failed" };

/** Measures the speaker's delay by microphone. Test ids: `calibrate`, `calibrate-says`. */
export function Calibration({ onMeasured }: { onMeasured: (delayMs: number) => void }) {
  const { t } = useTranslation();
  const [phase, setPhase] = useState<Phase>({ kind: "idle" });
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const isListening = phase.kind === "listening";

  async function measure() {
    const stop = new AbortController();
    abort.current = stop;
    setPhase({ kind: "listening", played: 0, of: 0 });
    // The room's music would be heard as well.
    const player = useActiveRoom.getState().active?.player;
    const wasMuted = player?.view.getSnapshot().muted ?? false;
    player?.setMuted(true);
    try {
      const delayMs = await calibrate(useSpeaker.getState().soundingId, (played, of) => setPhase({ kind: "listening", played, of }), stop.signal);
      await settle(); // with the microphone came the names of the speakers
      onMeasured(delayMs);
      setPhase({ kind: "done", delayMs });
    } catch (error) {
      if (stop.signal.aborted) setPhase({ kind: "idle" });
      else setPhase({ kind: "failed", why: error instanceof CalibrationError ? error.code : "failed" });
    } finally {
      player?.setMuted(wasMuted);
    }
  }

  const says =
    phase.kind === "listening"
      ? phase.of === 0
        ? t("settings.calibrateWait")
        : t("settings.calibrating", { played: phase.played, of: phase.of })
      : phase.kind === "done"
        ? phase.delayMs === 0
          ? t("settings.calibratedNone")
          : t("settings.calibrated", { ms: phase.delayMs })
        : phase.kind === "failed"
          ? t(`settings.calibrateFailed.${phase.why}`)
          : t("settings.calibrateHint");
  return (
    <div className="latency-measure">
      <Button size="small" look="quiet" icon="mic" onClick={() => (isListening ? abort.current?.abort() : void measure())} aria-describedby="calibrate-says" data-testid="calibrate">
        {t(isListening ? "settings.calibrateCancel" : "settings.calibrate")}
      </Button>
      <span className={phase.kind === "failed" ? "wrong" : "hint"} id="calibrate-says" role="status" data-phase={phase.kind} data-testid="calibrate-says">
        {says}
      </span>
    </div>
  );
}

import { type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { Button } from "../shell/Button";
import { Calibration } from "./Calibration";
import { LATENCY_LIMIT_MS } from "./latency";
import { setSpeakerLatency, useSpeaker } from "./speaker";

/** Moves this speaker's sound earlier or later, by hand or by ear. Test ids: `latency-trim`, those of Calibration. */
export function LatencyTrim() {
  const { t } = useTranslation();
  const latencyMs = useSpeaker((store) => store.latencyMs);

  /** Told to the hub when one lets go, so that it knows the device by the next visit. */
  function tell(told = latencyMs) {
    const { hub } = useHub.getState();
    hub?.connection.request("device:update", { kind: "web", output_latency_ms: Math.max(0, told) }).catch(() => undefined);
  }

  const text = latencyMs > 0 ? t("settings.latencyValue", { ms: latencyMs }) : latencyMs < 0 ? t("settings.latencyValueLate", { ms: -latencyMs }) : t("settings.latencyNone");
  const filled = ((latencyMs + LATENCY_LIMIT_MS) / (2 * LATENCY_LIMIT_MS)) * 100;
  return (
    <div className="field">
      <label htmlFor="latency">{t("settings.latency")}</label>
      <div className="latency-row">
        <input
          id="latency"
          className="range"
          type="range"
          min={-LATENCY_LIMIT_MS}
          max={LATENCY_LIMIT_MS}
          step={5}
          value={latencyMs}
          style={{ "--filled": `${filled}%` } as CSSProperties}
          aria-valuetext={text}
          aria-describedby="latency-hint"
          onChange={(event) => setSpeakerLatency(Number(event.target.value))}
          onPointerUp={() => tell()}
          onKeyUp={() => tell()}
          data-testid="latency-trim"
        />
        <output className="numbers" htmlFor="latency">
          {text}
        </output>
        <Button
          size="small"
          look="quiet"
          disabled={latencyMs === 0}
          onClick={() => {
            setSpeakerLatency(0);
            tell(0);
          }}
        >
          {t("settings.latencyReset")}
        </Button>
      </div>
      <span className="hint" id="latency-hint">
        {t("settings.latencyHint")}
      </span>
      <Calibration
        onMeasured={(delayMs) => {
          setSpeakerLatency(delayMs);
          tell(delayMs);
        }}
      />
    </div>
  );
}

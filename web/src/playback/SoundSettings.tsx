import type { EngineChoice } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useActiveRoom } from "../room/activeRoom";
import { Select } from "../shell/Select";
import { CROSSFADES_MS, readCrossfade, readEngineChoice, storeCrossfade, storeEngineChoice } from "./engine";
import { LatencyTrim } from "./LatencyTrim";
import { SpeakerSelect } from "./SpeakerSelect";

const ENGINES: EngineChoice[] = ["auto", "graph", "media"];

/** How this device plays. Test ids: `engine-select`, `engine-unfit`, `crossfade-select`, and those of SpeakerSelect and LatencyTrim. */
export function SoundSettings() {
  const { t } = useTranslation();
  const engine = useActiveRoom((store) => store.active?.engine ?? null);
  const [choice, setChoice] = useState(readEngineChoice);
  const [crossfadeMs, setCrossfadeMs] = useState(readCrossfade);

  function choose(next: EngineChoice) {
    setChoice(next);
    storeEngineChoice(next);
    engine?.choose(next);
  }

  function fade(next: number) {
    setCrossfadeMs(next);
    storeCrossfade(next);
    engine?.setCrossfade(next);
  }

  const isUnfit = Boolean(engine?.unfit) && choice !== "media";
  return (
    <>
      <SpeakerSelect />
      <LatencyTrim />
      <Select
        label={t("settings.engine")}
        hint={t("settings.engineHint")}
        options={ENGINES.map((value) => ({ value, label: t(`settings.engines.${value}`) }))}
        value={choice}
        onPick={choose}
        data-testid="engine-select"
      />
      {isUnfit && (
        <p className="hint" role="status" data-testid="engine-unfit">
          {t("settings.engineUnfit")}
        </p>
      )}
      <Select
        label={t("settings.crossfade")}
        hint={t("settings.crossfadeHint")}
        options={CROSSFADES_MS.map((fadeMs) => ({
          value: String(fadeMs),
          label: fadeMs === 0 ? t("settings.crossfadeOff") : t("settings.crossfadeSeconds", { seconds: fadeMs / 1_000 }),
        }))}
        value={String(crossfadeMs)}
        onPick={(value) => fade(Number(value))}
        data-testid="crossfade-select"
      />
    </>
  );
}

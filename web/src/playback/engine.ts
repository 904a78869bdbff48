/** Which player engine sounds: chosen in the settings, kept on the device; `?engine=` in the address wins
 *  for as long as the page is open. */
import { EngineSwitch, isEngineChoice, measureSpeakerDelay, MediaEngine, pageStorage, WebAudioEngine, whyNoGraph, whyNotByDefault, type EngineChoice, type PlayerEngine, type ServerClock } from "@veza/client";
import workletUrl from "@veza/client/worklet?worker&url";

const STORED_AS = "veza.engine";
const CROSSFADE_STORED_AS = "veza.crossfade_ms";
export const CROSSFADES_MS = [0, 1_000, 2_000, 4_000, 8_000] as const;

/** Read when the page is opened: its address changes while one goes about. */
const asked = new URLSearchParams(location.search).get("engine");

export function readEngineChoice(): EngineChoice {
  const choice = isEngineChoice(asked) ? asked : pageStorage()?.getItem(STORED_AS);
  return isEngineChoice(choice) ? choice : "auto";
}

export function storeEngineChoice(choice: EngineChoice): void {
  pageStorage()?.setItem(STORED_AS, choice);
}

export function makeEngine(clock: ServerClock): EngineSwitch {
  const media = () => new MediaEngine({ clock, storage: pageStorage() });
  const graph = (choice: "auto" | "graph", onUnfit: (reason: string) => void): PlayerEngine | null => {
    const reason = whyNoGraph() ?? (choice === "auto" ? whyNotByDefault(navigator) : null);
    return reason === null ? new WebAudioEngine({ clock, workletUrl, onUnfit }) : null;
  };
  const engine = new EngineSwitch({ media, graph }, readEngineChoice());
  engine.setCrossfade(readCrossfade());
  return engine;
}

export function readCrossfade(): number {
  const kept = Number(pageStorage()?.getItem(CROSSFADE_STORED_AS));
  return CROSSFADES_MS.find((fadeMs) => fadeMs === kept) ?? 0;
}

export function storeCrossfade(fadeMs: number): void {
  pageStorage()?.setItem(CROSSFADE_STORED_AS, String(fadeMs));
}

/** Measures by microphone how late the speaker is. Raises `CalibrationError`. */
export function calibrate(deviceId: string, onProgress: (played: number, of: number) => void, signal: AbortSignal): Promise<number> {
  return measureSpeakerDelay({ workletUrl, deviceId, onProgress, signal }).then(({ delayMs }) => delayMs);
}

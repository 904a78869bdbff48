/** Which player engine sounds: chosen in the settings, kept on the device; `?engine=` in the address wins
 *  for as long as the page is open. */
import { EngineSwitch, isEngineChoice, MediaEngine, pageStorage, WebAudioEngine, whyNoGraph, whyNotByDefault, type EngineChoice, type PlayerEngine, type ServerClock } from "@veza/client";
import workletUrl from "@veza/client/worklet?worker&url";

const STORED_AS = "veza.engine";

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
  return new EngineSwitch({ media, graph }, readEngineChoice());
}

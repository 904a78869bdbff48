/** Which player engine sounds: chosen in the settings, kept on the device; `?engine=` in the address wins
 *  for as long as the page is open. */
import { EngineSwitch, isEngineChoice, MediaEngine, pageStorage, type EngineChoice, type ServerClock } from "@veza/client";

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
  return new EngineSwitch({ media, graph: () => null }, readEngineChoice());
}

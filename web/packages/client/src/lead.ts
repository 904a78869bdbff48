import type { KeyValueStorage } from "./storage.js";

const DEFAULT_MS = 70;
const MIN_MS = 0;
const MAX_MS = 400;
const GAIN = 0.5;

/**
 * How long before its moment a player has to be started, learned from each start on this device and
 * kept. Browsers take some 50 to 100 ms from `play()` to a moving position, each in its own way but
 * much the same each time.
 */
export class LearnedLead {
  readonly #key: string;
  readonly #storage: KeyValueStorage | null;
  #leadMs: number;
  #isGuess: boolean;

  /** `kind` tells apart ways of starting that take different times, such as `start` and `seek`. */
  constructor(kind: string, storage: KeyValueStorage | null) {
    this.#key = `veza.lead_ms.${kind}`;
    this.#storage = storage;
    const known = Number.parseFloat(storage?.getItem(this.#key) ?? "");
    this.#isGuess = !Number.isFinite(known);
    this.#leadMs = this.#isGuess ? DEFAULT_MS : clamp(known);
  }

  get ms(): number {
    return this.#leadMs;
  }

  /** The start came out `driftMs` ahead (or behind, negative): lead less (or more) next time. */
  learn(driftMs: number): void {
    // The first measurement is worth more than a guess made for all devices.
    const gain = this.#isGuess ? 1 : GAIN;
    this.#isGuess = false;
    this.#leadMs = clamp(this.#leadMs - gain * driftMs);
    this.#storage?.setItem(this.#key, this.#leadMs.toFixed(1));
  }
}

function clamp(ms: number): number {
  return Math.min(MAX_MS, Math.max(MIN_MS, ms));
}

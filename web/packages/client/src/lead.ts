import type { KeyValueStorage } from "./storage.js";

const DEFAULT_MS = 82;
const MIN_MS = 0;
const MAX_MS = 400;
/** A busy moment makes one start late by chance: learn little of each, and nothing wild. */
const GAIN = 0.4;
const MAX_STEP_MS = 20;

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
    this.#leadMs = this.#isGuess ? DEFAULT_MS : bounded(known, MIN_MS, MAX_MS);
  }

  get ms(): number {
    return this.#leadMs;
  }

  /** The start came out `driftMs` ahead (or behind, negative): lead less (or more) next time. */
  learn(driftMs: number): void {
    // The first measurement is worth more than a guess made for all devices.
    const stepMs = this.#isGuess ? driftMs : bounded(GAIN * driftMs, -MAX_STEP_MS, MAX_STEP_MS);
    this.#isGuess = false;
    this.#leadMs = bounded(this.#leadMs - stepMs, MIN_MS, MAX_MS);
    this.#storage?.setItem(this.#key, this.#leadMs.toFixed(1));
  }
}

function bounded(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

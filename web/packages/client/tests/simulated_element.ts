import { seeded, type Random } from "./random.js";

export interface ElementTraits {
  /** From `play()` to a moving position, ms. */
  startMs: number;
  /** From a change of the rate to its effect, ms. */
  rateDelayMs: number;
  /** The position is read in steps of this, ms. */
  grainMs: number;
  /** One sigma of what a reading is off by, ms. */
  noiseMs: number;
  /** Its own crystal against the true time. */
  skewPpm: number;
}

export const CHROMIUM: ElementTraits = {
  startMs: 75,
  rateDelayMs: 60,
  grainMs: 0,
  noiseMs: 0.6,
  skewPpm: 40,
};
export const COARSE: ElementTraits = {
  startMs: 140,
  rateDelayMs: 150,
  grainMs: 23,
  noiseMs: 2,
  skewPpm: -80,
};

/** A player whose position answers late and coarsely, in simulated time. */
export class SimulatedElement {
  readonly #traits: ElementTraits;
  readonly #random: Random;
  #nowMs: number;
  #truePositionMs: number;
  #runsFromMs: number;
  #rate = 1;
  #pendingRates: { atMs: number; rate: number }[] = [];

  constructor(traits: ElementTraits, seed: number, startedAtMs: number, positionMs: number) {
    this.#traits = traits;
    this.#random = seeded(seed);
    this.#nowMs = startedAtMs;
    this.#truePositionMs = positionMs;
    this.#runsFromMs = startedAtMs + traits.startMs;
  }

  setRate(rate: number): void {
    this.#pendingRates.push({ atMs: this.#nowMs + this.#traits.rateDelayMs, rate });
  }

  /** What is heard, without the errors of reading it. */
  truth(nowMs: number): number {
    for (const change of this.#pendingRates.filter(({ atMs }) => atMs <= nowMs)) {
      this.#move(change.atMs);
      this.#rate = change.rate;
    }
    this.#pendingRates = this.#pendingRates.filter(({ atMs }) => atMs > nowMs);
    this.#move(nowMs);
    return this.#truePositionMs;
  }

  read(nowMs: number): number {
    const positionMs = this.truth(nowMs) + this.#random.normal(this.#traits.noiseMs);
    const { grainMs } = this.#traits;
    return grainMs === 0 ? positionMs : Math.floor(positionMs / grainMs) * grainMs + grainMs / 2;
  }

  #move(toMs: number): void {
    const fromMs = Math.max(this.#nowMs, this.#runsFromMs);
    if (toMs > fromMs) {
      this.#truePositionMs += (toMs - fromMs) * this.#rate * (1 + this.#traits.skewPpm * 1e-6);
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }
}

/** How long a track was really heard, from the positions that its element tells while it plays. */

/** Positions are told four times a second, rarely later than this; a larger step is a jump. */
const LONGEST_STEP_S = 2;

export class Listened {
  #heardS = 0;
  #lastS: number | null = null;

  /** The element plays and is here. */
  at(positionS: number): void {
    const stepS = this.#lastS === null ? 0 : positionS - this.#lastS;
    if (stepS > 0 && stepS <= LONGEST_STEP_S) this.#heardS += stepS;
    this.#lastS = positionS;
  }

  /** It is elsewhere now, or stands. */
  jump(): void {
    this.#lastS = null;
  }

  /** ms heard since this was last asked. */
  take(): number {
    const heardMs = Math.round(this.#heardS * 1000);
    this.#heardS = 0;
    this.#lastS = null;
    return heardMs;
  }
}

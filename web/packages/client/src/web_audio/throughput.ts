import type { Fetched } from "./fetching.js";
import { smoothed } from "./rung_choice.js";

/** What is supposed before anything was measured and the browser says nothing. */
const GUESS_BPS = 2_000_000;
/** Less says more about the way there and back than about the line. */
const LEAST_BYTES = 16_384;

/** What the line carries, as far as fetched segments tell; shared by all tracks of a page. */
export class Throughput {
  #bps: number | null = null;

  get bps(): number {
    return this.#bps ?? guess();
  }

  readonly note = ({ bytes, tookMs }: Fetched): void => {
    // What comes from the browser's own cache in no time says nothing either.
    if (bytes.length >= LEAST_BYTES) this.#bps = smoothed(this.#bps, bytes.length, tookMs);
  };
}

function guess(): number {
  const { connection } = navigator as Navigator & { connection?: { downlink?: number } };
  return connection?.downlink ? connection.downlink * 1e6 : GUESS_BPS;
}

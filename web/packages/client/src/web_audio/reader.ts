import type { SampleRing } from "./sample_ring.js";
import { CENTRE, sincTable, TAPS, weightsAt } from "./sinc.js";

/** Samples that must be held around a position before it can be read between samples. */
export const MARGIN = TAPS;

/** Reads a stream of samples at any speed near its own. Allocates nothing while it reads. */
export class Reader {
  readonly #table: Float32Array;
  readonly #weights = new Float32Array(TAPS);

  /** `nominal`: samples a frame at the recorded speed; above 1 the treble that would fold is cut. */
  constructor(nominal: number) {
    this.#table = sincTable(Math.min(1, 1 / nominal));
  }

  /**
   * Adds `count` frames from `position` on, `step` samples apart, to `out` at `offset`; each is
   * multiplied by its gain. A whole position with a step of 1 gives the samples as they are.
   */
  add(
    ring: SampleRing,
    position: number,
    step: number,
    out: readonly Float32Array[],
    offset: number,
    count: number,
    gains: Float32Array,
  ): void {
    if (step === 1 && Number.isInteger(position)) this.#copy(ring, position, out, offset, count, gains);
    else this.#between(ring, position, step, out, offset, count, gains);
  }

  #copy(
    ring: SampleRing,
    position: number,
    out: readonly Float32Array[],
    offset: number,
    count: number,
    gains: Float32Array,
  ): void {
    for (let channel = 0; channel < out.length; channel++) {
      const target = out[channel] as Float32Array;
      const source = Math.min(channel, ring.data.length - 1);
      for (let i = 0; i < count; i++) {
        target[offset + i] = (target[offset + i] as number) + ring.at(source, position + i) * (gains[i] as number);
      }
    }
  }

  #between(
    ring: SampleRing,
    position: number,
    step: number,
    out: readonly Float32Array[],
    offset: number,
    count: number,
    gains: Float32Array,
  ): void {
    const weights = this.#weights;
    const last = position + step * count;
    const isInside = position - TAPS >= ring.from && last + TAPS <= ring.to;
    for (let i = 0; i < count; i++) {
      const place = position + step * i;
      const whole = Math.floor(place);
      weightsAt(this.#table, place - whole, weights);
      const gain = gains[i] as number;
      for (let channel = 0; channel < out.length; channel++) {
        const target = out[channel] as Float32Array;
        const source = Math.min(channel, ring.data.length - 1);
        const value = isInside
          ? inside(ring.data[source] as Float32Array, ring.mask, whole - CENTRE, weights)
          : atEdge(ring, source, whole - CENTRE, weights);
        target[offset + i] = (target[offset + i] as number) + value * gain;
      }
    }
  }
}

function inside(data: Float32Array, mask: number, first: number, weights: Float32Array): number {
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    sum += (data[(first + tap) & mask] as number) * (weights[tap] as number);
  }
  return sum;
}

function atEdge(ring: SampleRing, channel: number, first: number, weights: Float32Array): number {
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap++) sum += ring.at(channel, first + tap) * (weights[tap] as number);
  return sum;
}

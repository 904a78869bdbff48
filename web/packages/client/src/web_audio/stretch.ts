import { SampleRing } from "./sample_ring.js";

/** Length of a grain's half and of the search for the place where it fits best, s. */
const HOP_S = 0.02;
const SEARCH_S = 0.008;
/** The search looks at each fourth sample first. */
const COARSE = 4;
/** Room for what is made ahead of what is read. */
const OUT_SAMPLES = 1 << 15;

/**
 * Another speed at the same pitch (WSOLA): grains of 40 ms are laid over each other at their own
 * speed, taken from the music at the wanted one; each is moved by up to 8 ms to where it continues
 * the one before best.
 *
 * The stretched stream has coordinates of its own: its sample s stands for the music's sample
 * `origin + rate * s`, within the 8 ms.
 */
export class Stretch {
  readonly out: SampleRing;
  readonly rate: number;
  /** Sample of the music that the stretched stream's sample 0 stands for. */
  readonly origin: number;
  readonly #music: SampleRing;
  readonly #hop: number;
  readonly #search: number;
  readonly #window: Float32Array;
  /** The second half of the last grain, to be laid over the next one's first. */
  readonly #tail: Float32Array[];
  /** Where the last grain was taken; null before the first. */
  #lastAt: number | null = null;
  #grains = -1;

  constructor(music: SampleRing, rate: number, origin: number, sampleRateHz: number) {
    this.#music = music;
    this.rate = rate;
    this.origin = origin;
    const hop = (this.#hop = Math.round(HOP_S * sampleRateHz));
    this.#search = Math.round(SEARCH_S * sampleRateHz);
    this.#window = new Float32Array(2 * hop).map((_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / hop));
    this.#tail = music.data.map(() => new Float32Array(hop));
    this.out = new SampleRing(music.data.map(() => new Float32Array(OUT_SAMPLES)));
  }

  /** The stretched sample that stands for a sample of the music. */
  placeOf(musicSample: number): number {
    return (musicSample - this.origin) / this.rate;
  }

  musicAt(place: number): number {
    return this.origin + this.rate * place;
  }

  /** Makes samples up to `to`, as far as the music is there or has ended at `end`. */
  fill(to: number, end: number | null): void {
    while (this.out.to < to && this.#grain(end)) continue;
  }

  /** Lays the next grain; false when its music is not there yet. */
  #grain(end: number | null): boolean {
    const hop = this.#hop;
    const nominal = Math.round(this.musicAt((this.#grains + 1) * hop) - hop);
    const last = nominal + this.#search + 2 * hop;
    if (last > this.#music.to && (end === null || this.#music.to < end)) return false;
    const at = this.#lastAt === null ? nominal : this.#fittest(nominal, this.#lastAt + hop);
    const made = this.#music.data.map((_, channel) => {
      const block = new Float32Array(hop);
      const tail = this.#tail[channel] as Float32Array;
      for (let i = 0; i < hop; i++) {
        block[i] = (tail[i] as number) + this.#music.at(channel, at + i) * (this.#window[i] as number);
        tail[i] = this.#music.at(channel, at + hop + i) * (this.#window[hop + i] as number);
      }
      return block;
    });
    this.#lastAt = at;
    this.#grains++;
    // The first grain's first half lies before the stream.
    if (this.#grains > 0) this.out.write((this.#grains - 1) * hop, made);
    return true;
  }

  /** Where, near `nominal`, the music is most like what follows the last grain at `follows`. */
  #fittest(nominal: number, follows: number): number {
    const coarse = this.#best(nominal, follows, this.#search, COARSE, COARSE);
    return this.#best(coarse, follows, COARSE - 1, 1, COARSE);
  }

  #best(around: number, follows: number, reach: number, step: number, stride: number): number {
    let best = around;
    let bestLikeness = -Infinity;
    for (let shift = -reach; shift <= reach; shift += step) {
      const likeness = this.#likeness(around + shift, follows, stride);
      if (likeness > bestLikeness) {
        bestLikeness = likeness;
        best = around + shift;
      }
    }
    return best;
  }

  /** Correlation of two stretches of the first channel, in proportion to their energy. */
  #likeness(a: number, b: number, stride: number): number {
    let product = 0;
    let energy = 1e-9;
    for (let i = 0; i < this.#hop; i += stride) {
      const x = this.#music.at(0, a + i);
      product += x * this.#music.at(0, b + i);
      energy += x * x;
    }
    return product / Math.sqrt(energy);
  }
}

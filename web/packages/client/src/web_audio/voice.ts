import { gainAt, type Fade } from "./fade.js";
import { positionOn, type SampleLine } from "./line.js";
import { pursue, type Pursuit } from "./pursuit.js";
import { MARGIN, Reader } from "./reader.js";
import type { SampleRing } from "./sample_ring.js";
import { Stretch } from "./stretch.js";

/** How fast it goes silent before a jump or when samples run out, s. */
const RAMP_S = 0.004;
/** It comes back when this much is at hand, s. */
const RECOVER_S = 0.25;
/** Over so many frames a position between two samples glides on to one. */
const LANDING_FRAMES = 2_048;
/** Positions nearer to a sample than this are on it. */
const ROUNDING = 1e-6;

/**
 * One stream of samples that is heard: it pursues a line, and plays samples untouched while it is
 * on it. Runs on the audio thread.
 */
export class Voice {
  readonly ring: SampleRing;
  readonly sampleRateHz: number;
  readonly #contextHz: number;
  /** Samples a frame at the recorded speed. */
  readonly #nominal: number;
  readonly #reader: Reader;
  readonly #gains: Float32Array;
  #end: number | null = null;
  #line: SampleLine | null = null;
  #stretch: Stretch | null = null;
  /** Next sample to be heard, in the stretched stream where there is one. */
  #place = 0;
  #pursuit: Pursuit = "holding";
  #landing = 0;
  #stepped = false;
  /** Own gain, apart from any fade: 0 while samples are missing. */
  #gain = 1;
  #isMoving = false;
  #isStarving = false;
  #starvations = 0;
  #hasEnded = false;

  /** `mostFrames`: the longest block that will be asked for. */
  constructor(ring: SampleRing, sampleRateHz: number, contextHz: number, mostFrames: number) {
    this.ring = ring;
    this.sampleRateHz = sampleRateHz;
    this.#contextHz = contextHz;
    this.#nominal = sampleRateHz / contextHz;
    this.#reader = new Reader(this.#nominal);
    this.#gains = new Float32Array(mostFrames);
  }

  /** Sample of the track that is heard next. */
  get position(): number {
    return this.#stretch?.musicAt(this.#place) ?? this.#place;
  }

  /** Length of the track in samples; null while it is not known. */
  get end(): number | null {
    return this.#end;
  }

  set end(samples: number | null) {
    this.#end = samples;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isStarving(): boolean {
    return this.#isStarving;
  }

  /** How often samples ran out while it was heard. */
  get starvations(): number {
    return this.#starvations;
  }

  /** Frames until the last sample has been heard; null while the length is not known. */
  get framesLeft(): number | null {
    const end = this.#endPlace;
    return end === null ? null : Math.max(0, Math.ceil((end - this.#place) / this.#nominal - 1e-9));
  }

  /** Stands on the line at `frame`, or exactly at `sample`, ready to be heard. */
  begin(line: SampleLine, frame: number, sample: number | null = null): void {
    this.#line = line;
    const wanted = sample ?? positionOn(line, frame);
    this.#stretch = this.#stretchFor(line, wanted);
    this.#settleAt(this.#placeOf(wanted), sample === null);
    this.#gain = 1;
    this.#isStarving = this.#hasEnded = this.#isMoving = this.#stepped = false;
  }

  /** Pursues another line; `stepped` when it was moved knowingly, so that a jump is better. */
  follow(line: SampleLine, stepped: boolean): void {
    const turns = this.#line !== null && line.rate !== this.#line.rate;
    this.#line = line;
    this.#stepped ||= stepped;
    this.#isMoving ||= turns;
  }

  /** Frames that `render` may be asked for before the end of the track; at least 1. */
  until(count: number): number {
    const left = this.#hasEnded ? null : this.framesLeft;
    return left === null || left === 0 ? count : Math.min(count, left);
  }

  /** Adds `count` frames to `out` at `offset`. The first is the context's frame `frame`. */
  render(out: readonly Float32Array[], offset: number, count: number, frame: number, fade: Fade | null): void {
    const line = this.#line;
    if (line === null || this.#hasEnded) return;
    const step = this.#steer(line, frame, count);
    this.#feed(step, count);
    if (this.#ramp(frame, count, fade)) {
      const ring = this.#stretch?.out ?? this.ring;
      this.#reader.add(ring, this.#place, step, out, offset, count, this.#gains);
    }
    this.#advance(line, step, frame, count);
  }

  /** The speed of this block. */
  #steer(line: SampleLine, frame: number, count: number): number {
    const lineStep = line.step / line.rate;
    if (this.#gain === 0 || this.#isMoving) return lineStep;
    const offPlaces = this.#place - this.#placeOf(positionOn(line, frame));
    const errorMs = (1_000 * offPlaces) / this.sampleRateHz;
    const { pursuit, share, jumps } = pursue(this.#pursuit, errorMs, this.#stepped);
    if (Math.abs(errorMs) < 1) this.#stepped = false;
    if (jumps) {
      this.#isMoving = true;
      return lineStep;
    }
    this.#pursuit = pursuit;
    if (pursuit === "correcting") {
      this.#landing = 0;
      return lineStep * (1 + share);
    }
    return this.#nominal === 1 ? this.#land(count) : this.#nominal;
  }

  /** Exactly 1 on a sample; between two, a glide to the nearer one. */
  #land(count: number): number {
    const off = Math.round(this.#place) - this.#place;
    if (off === 0) return 1;
    if (this.#landing <= 0) this.#landing = LANDING_FRAMES;
    return 1 + off / Math.max(count, this.#landing);
  }

  /** Makes stretched samples, and notes whether there is anything to read. */
  #feed(step: number, count: number): void {
    const needed = Math.ceil(this.#place + step * count) + MARGIN;
    this.#stretch?.fill(needed + RAMP_S * this.#contextHz, this.#end);
    const ring = this.#stretch?.out ?? this.ring;
    const reserve = (this.#isStarving ? RECOVER_S : RAMP_S) * this.sampleRateHz;
    const isWhole = this.#end !== null && this.ring.to >= this.#end;
    const music = this.position;
    const lacks = this.ring.to < Math.min(music + step * count + MARGIN + reserve, this.#end ?? Infinity);
    const isGone = this.ring.from > music && this.ring.from > 0;
    const isDry = (lacks && !isWhole) || isGone || (this.#stretch !== null && ring.to < needed && !isWhole);
    if (isDry && !this.#isStarving) this.#starvations++;
    this.#isStarving = isDry;
  }

  /** Fills in the gains of this block; false when it is silent. */
  #ramp(frame: number, count: number, fade: Fade | null): boolean {
    const goal = this.#isStarving || this.#isMoving ? 0 : 1;
    const change = (goal > this.#gain ? 1 : -1) / (RAMP_S * this.#contextHz);
    let gain = this.#gain;
    let isHeard = false;
    for (let i = 0; i < count; i++) {
      if (gain !== goal) gain = Math.min(1, Math.max(0, gain + change));
      const all = fade === null ? gain : gain * gainAt(fade, frame + i);
      this.#gains[i] = all;
      isHeard ||= all > 0;
    }
    this.#gain = gain;
    return isHeard;
  }

  #advance(line: SampleLine, step: number, frame: number, count: number): void {
    this.#place += step * count;
    if (this.#landing > 0) {
      this.#landing -= count;
      // What is left of the glide is rounding.
      if (this.#landing <= 0 || Math.abs(Math.round(this.#place) - this.#place) < ROUNDING) {
        this.#place = Math.round(this.#place);
        this.#landing = 0;
      }
    }
    if (this.#gain === 0) {
      // Nobody hears it: be where the line is.
      const wanted = positionOn(line, frame + count);
      if (this.#isMoving || this.#isBehind(wanted)) this.#stretch = this.#stretchFor(line, wanted);
      this.#isMoving = this.#stepped = false;
      this.#settleAt(this.#placeOf(wanted), true);
    }
    const end = this.#endPlace;
    if (end !== null && this.#place >= end - 1e-9) this.#hasEnded = true;
  }

  /** Samples by which the last block went past the end. */
  get overshoot(): number {
    return this.#end === null ? 0 : Math.max(0, this.position - this.#end);
  }

  get #endPlace(): number | null {
    return this.#end === null ? null : this.#placeOf(this.#end);
  }

  #placeOf(sample: number): number {
    return this.#stretch?.placeOf(sample) ?? sample;
  }

  /** True when stretching all that lies between would take the audio thread too long. */
  #isBehind(sample: number): boolean {
    const { out } = this.#stretch ?? {};
    return out !== undefined && Math.abs(this.#placeOf(sample) - out.to) > this.sampleRateHz;
  }

  #settleAt(place: number, rounds: boolean): void {
    const whole = Math.round(place);
    const isNear = Math.abs(whole - place) < ROUNDING;
    this.#place = this.#nominal === 1 && (rounds || isNear) ? whole : place;
    this.#pursuit = "holding";
    this.#landing = 0;
  }

  #stretchFor({ rate }: SampleLine, sample: number): Stretch | null {
    return rate === 1 ? null : new Stretch(this.ring, rate, sample, this.sampleRateHz);
  }
}

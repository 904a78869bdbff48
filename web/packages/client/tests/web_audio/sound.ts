/** Sounds whose every sample is known, and a mixer that plays them. */
import type { SampleLine } from "../../src/web_audio/line.js";
import { Mixer, type Plan } from "../../src/web_audio/mixer.js";
import { seeded } from "../random.js";

export const HZ = 44_100;
export const BLOCK = 128;

/** Samples that look like nothing else: noise below a quarter of the rate, so that it can be read between samples. */
export function music(samples: number, seed = 7): Float32Array {
  const random = seeded(seed);
  const tones = Array.from({ length: 24 }, () => ({
    hz: 100 + 9_000 * random.next(),
    phase: 2 * Math.PI * random.next(),
  }));
  return Float32Array.from({ length: samples }, (_, i) =>
    tones.reduce((sum, { hz, phase }) => sum + Math.sin((2 * Math.PI * hz * i) / HZ + phase) / 30, 0),
  );
}

export function opened(mixer: Mixer, id: number, sound: Float32Array, from = 0, hz = HZ): void {
  const length = 2 ** Math.ceil(Math.log2(sound.length + 64));
  mixer.open(id, [new Float32Array(length)], hz);
  mixer.write(id, from, [sound]);
}

export function lineAt(frame: number, position: number, step = 1, rate = 1): SampleLine {
  return { frame, position, step, rate };
}

let plans = 0;

export function plan(change: Partial<Plan>): Plan {
  return { id: ++plans, voice: 1, frame: 0, line: lineAt(0, 0), fadeFrames: 0, joins: false, ...change };
}

/** What the mixer gives out for `frames` from `frame` on, first channel. */
export function played(mixer: Mixer, frames: number, frame = 0, each?: (frame: number) => void): Float32Array {
  const all = new Float32Array(Math.ceil(frames / BLOCK) * BLOCK);
  for (let at = 0; at < all.length; at += BLOCK) {
    each?.(frame + at);
    mixer.render([all.subarray(at, at + BLOCK), new Float32Array(BLOCK)], frame + at);
  }
  return all.subarray(0, frames);
}

/** Largest difference between two stretches of sound. */
export function difference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} samples`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);
}

import { beforeEach, describe, expect, it } from "vitest";

import { Mixer } from "../../src/web_audio/mixer.js";
import { BLOCK, difference, HZ, lineAt, music, opened, plan, played } from "./sound.js";

let mixer: Mixer;
const SOUND = music(3 * HZ);

beforeEach(() => {
  mixer = new Mixer(HZ);
});

describe("a start", () => {
  it("is silent before its frame and gives each sample from there on, untouched", () => {
    opened(mixer, 1, SOUND);
    mixer.plan(plan({ frame: 1_000, line: lineAt(1_000, 0) }));
    const out = played(mixer, HZ);
    expect(out.subarray(0, 1_000).every((value) => value === 0)).toBe(true);
    expect(difference(out.subarray(1_000), SOUND.subarray(0, HZ - 1_000))).toBe(0);
  });

  it("that comes too late is at the line, and fades in where there was a before", () => {
    opened(mixer, 1, SOUND);
    mixer.plan(plan({ frame: 0, line: lineAt(0, 5_000) }));
    const out = played(mixer, 4_096, 1_280);
    expect(Math.abs(out[0]!)).toBeLessThan(0.01);
    expect(difference(out.subarray(500), SOUND.subarray(6_780, 5_000 + 1_280 + 4_096))).toBe(0);
  });

  it("plays one channel on both sides", () => {
    opened(mixer, 1, SOUND);
    mixer.plan(plan({}));
    const left = new Float32Array(BLOCK),
      right = new Float32Array(BLOCK);
    mixer.render([left, right], 0);
    expect(difference(left, right)).toBe(0);
    expect(left.some((value) => value !== 0)).toBe(true);
  });
});

describe("a joint", () => {
  const CUT = HZ + 777;

  function joined(step: number, planned: number): Float32Array {
    opened(mixer, 1, SOUND.subarray(0, CUT));
    mixer.end(1, CUT);
    opened(mixer, 2, SOUND.subarray(CUT));
    mixer.plan(plan({ line: lineAt(0, 0, step) }));
    played(mixer, BLOCK);
    mixer.plan(plan({ voice: 2, frame: planned, line: lineAt(planned, 0, step), joins: true }));
    return played(mixer, 2 * HZ - BLOCK, BLOCK);
  }

  it("of two tracks has no sample too many and none too few", () => {
    const out = joined(1, CUT);
    expect(difference(out, SOUND.subarray(BLOCK, 2 * HZ))).toBe(0);
    expect(mixer.report(2 * HZ).voice).toBe(2);
  });

  it("is where the music ends, not where the clock says in whole milliseconds", () => {
    // 30 frames early by the clock: what follows is caught up without a jump.
    const out = joined(1, CUT - 30);
    expect(difference(out.subarray(0, CUT - BLOCK), SOUND.subarray(BLOCK, CUT))).toBe(0);
    const jump = Math.max(...[...out.subarray(CUT - BLOCK - 40, CUT - BLOCK + 40)].map((v, i, all) => Math.abs(v - (all[i - 1] ?? v))));
    const usual = Math.max(...[...SOUND.subarray(CUT - 40, CUT + 40)].map((v, i, all) => Math.abs(v - (all[i - 1] ?? v))));
    expect(jump).toBeLessThan(usual * 1.05);
  });

  it("holds while the speed is being corrected", () => {
    // The line runs 0.1 % fast: the samples are read between, across the joint too.
    const step = 1.001;
    const out = joined(step, Math.round(CUT / step));
    for (const at of [CUT - 600, CUT - 3, CUT + 2, CUT + 600]) {
      const found = placeIn(out, at - BLOCK, SOUND);
      const expected = found - placeIn(out, at - BLOCK - 1_000, SOUND);
      expect(expected).toBeGreaterThan(999.5);
      expect(expected).toBeLessThan(1_002.5);
    }
  });

  it("is not made with a track that comes much later: that one keeps its moment", () => {
    opened(mixer, 1, SOUND.subarray(0, CUT));
    mixer.end(1, CUT);
    opened(mixer, 2, SOUND.subarray(CUT));
    mixer.plan(plan({}));
    played(mixer, BLOCK);
    const later = CUT + HZ / 2;
    mixer.plan(plan({ voice: 2, frame: later, line: lineAt(later, 0), joins: true }));
    const out = played(mixer, 3 * HZ - BLOCK, BLOCK);
    expect(out.subarray(CUT - BLOCK, later - BLOCK).every((value) => value === 0)).toBe(true);
    const rest = 3 * HZ - later;
    expect(difference(out.subarray(later - BLOCK), SOUND.subarray(CUT, CUT + rest))).toBe(0);
  });

  it("can be taken back, and another track be joined", () => {
    opened(mixer, 1, SOUND.subarray(0, CUT));
    mixer.end(1, CUT);
    opened(mixer, 2, music(HZ, 3));
    opened(mixer, 3, SOUND.subarray(CUT));
    mixer.plan(plan({}));
    played(mixer, BLOCK);
    mixer.plan(plan({ voice: 2, frame: CUT, line: lineAt(CUT, 0), joins: true }));
    played(mixer, CUT - 40 * BLOCK, BLOCK);
    const at = BLOCK * Math.ceil((CUT - 39 * BLOCK) / BLOCK);
    mixer.plan(plan({ voice: 3, frame: CUT, line: lineAt(CUT, 0), joins: true }));
    const out = played(mixer, 2 * HZ - at, at);
    expect(difference(out, SOUND.subarray(at, 2 * HZ))).toBe(0);
  });
});

/** Sub-sample place in `sound` of what is around `out[at]`, by the best match of 64 samples. */
function placeIn(out: Float32Array, at: number, sound: Float32Array): number {
  const half = 32;
  const error = (place: number): number => {
    let sum = 0;
    for (let i = -half; i < half; i++) {
      const whole = Math.floor(place + i);
      const share = place + i - whole;
      const value = sound[whole]! * (1 - share) + sound[whole + 1]! * share;
      sum += (value - out[at + i]!) ** 2;
    }
    return sum;
  };
  const rough = at + BLOCK;
  let best = rough;
  for (let shift = -400; shift <= 400; shift++) if (error(rough + shift) < error(best)) best = rough + shift;
  for (let fine = -10; fine <= 10; fine++) if (error(Math.round(best) + fine / 10) < error(best)) best = Math.round(best) + fine / 10;
  return best;
}

describe("a change", () => {
  it("crossfades two pieces at its frame and keeps the loudness", () => {
    opened(mixer, 1, new Float32Array(3 * HZ).fill(0.5));
    opened(mixer, 2, music(3 * HZ, 9));
    mixer.plan(plan({}));
    const fadeFrames = HZ;
    mixer.plan(plan({ voice: 1 }));
    played(mixer, 10 * BLOCK);
    mixer.plan(plan({ voice: 2, frame: 2_000, line: lineAt(2_000, 0), fadeFrames }));
    const out = played(mixer, 2 * HZ - 10 * BLOCK, 10 * BLOCK);
    const second = music(3 * HZ, 9);
    const middle = 2_000 + fadeFrames / 2 - 10 * BLOCK;
    expect(out[middle]).toBeCloseTo(0.5 * Math.SQRT1_2 + second[fadeFrames / 2]! * Math.SQRT1_2, 3);
    expect(difference(out.subarray(2_000 + fadeFrames - 10 * BLOCK), second.subarray(fadeFrames, 2 * HZ - 2_000))).toBe(0);
  });

  it("to silence is short and without a click", () => {
    opened(mixer, 1, new Float32Array(HZ).fill(0.5));
    mixer.plan(plan({}));
    mixer.plan(plan({}));
    played(mixer, BLOCK);
    mixer.plan(plan({ voice: null, frame: 1_000, line: null }));
    const out = played(mixer, 4_096, BLOCK);
    expect(out[999 - BLOCK]).toBe(0.5);
    const steps = [...out].map((value, i) => Math.abs(value - (out[i - 1] ?? value)));
    expect(Math.max(...steps)).toBeLessThan(0.005);
    expect(out.subarray(1_000 - BLOCK + 200).every((value) => value === 0)).toBe(true);
  });

  it("that was carried out is not carried out again by a late update", () => {
    opened(mixer, 1, SOUND);
    const first = plan({});
    mixer.plan(first);
    played(mixer, BLOCK);
    expect(mixer.report(BLOCK).done).toBe(first.id);
    mixer.plan({ ...first, frame: 5_000, line: lineAt(5_000, 0) });
    const out = played(mixer, HZ, BLOCK);
    expect(difference(out, SOUND.subarray(BLOCK, HZ + BLOCK))).toBe(0);
  });

  it("lets a voice that is closed fade out first", () => {
    opened(mixer, 1, new Float32Array(HZ).fill(0.5));
    mixer.plan(plan({}));
    played(mixer, BLOCK);
    mixer.plan(plan({ voice: null, frame: BLOCK, line: null }));
    played(mixer, BLOCK, BLOCK);
    mixer.close(1);
    const [first] = played(mixer, BLOCK, 2 * BLOCK);
    expect(first).toBeGreaterThan(0);
  });
});

describe("another rate", () => {
  it("of the track is turned into the context's", () => {
    const slow = Float32Array.from({ length: HZ }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / 22_050));
    opened(mixer, 1, slow, 0, 22_050);
    mixer.plan(plan({ line: lineAt(0, 0, 0.5) }));
    const out = played(mixer, HZ);
    const wanted = Float32Array.from({ length: HZ }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / HZ));
    expect(difference(out.subarray(100), wanted.subarray(100))).toBeLessThan(1e-3);
  });
});

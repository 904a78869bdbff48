import { describe, expect, it } from "vitest";

import { Mixer } from "../../src/web_audio/mixer.js";
import { pursue } from "../../src/web_audio/pursuit.js";
import { SampleRing } from "../../src/web_audio/sample_ring.js";
import { BLOCK, difference, HZ, lineAt, music, opened, plan, played } from "./sound.js";

const SOUND = music(6 * HZ);

function playing(): Mixer {
  const mixer = new Mixer(HZ);
  opened(mixer, 1, SOUND);
  mixer.plan(plan({}));
  played(mixer, BLOCK);
  return mixer;
}

/** Position minus line after `seconds` on another line, ms; `offMs` is how far the line has moved. */
function errorAfter(seconds: number, offMs: number, stepped = false): number {
  const mixer = playing();
  const off = (offMs * HZ) / 1_000;
  mixer.line(1, lineAt(0, off), stepped);
  played(mixer, Math.round(seconds * HZ), BLOCK);
  const { frame, position } = mixer.report(BLOCK + BLOCK * Math.ceil((seconds * HZ) / BLOCK));
  return ((position - frame - off) * 1_000) / HZ;
}

describe("what is heard", () => {
  it("is left alone within the dead band", () => {
    expect(errorAfter(1, 0.1)).toBeCloseTo(-0.1, 3);
  });

  it("is pulled onto its line at speeds nobody hears, and ends on whole samples", () => {
    const mixer = playing();
    mixer.line(1, lineAt(0, 100), false); // 2.3 ms
    const places: number[] = [];
    played(mixer, 4 * HZ, BLOCK, (frame) => places.push(mixer.report(frame).position));
    const steps = places.slice(1).map((place, i) => (place - places[i]!) / BLOCK);
    expect(Math.max(...steps)).toBeLessThanOrEqual(1.002 + 1e-9);
    const last = places.at(-1)!;
    const frame = BLOCK * places.length;
    expect(Math.abs(last - frame - 100)).toBeLessThan(1);
    expect(Number.isInteger(last)).toBe(true);
  });

  it("is pulled harder when it is far off, and jumps only when it is very far", () => {
    expect(Math.abs(errorAfter(5, 20))).toBeLessThan(1.5);
    expect(Math.abs(errorAfter(0.1, 20))).toBeGreaterThan(15);
    expect(Math.abs(errorAfter(0.1, 60))).toBeLessThan(0.2);
  });

  it("jumps sooner when the line was moved knowingly", () => {
    expect(Math.abs(errorAfter(0.1, 5, true))).toBeLessThan(0.2);
    expect(Math.abs(errorAfter(0.1, 5, false))).toBeGreaterThan(4);
  });

  it("jumps without a click", () => {
    const mixer = new Mixer(HZ);
    opened(mixer, 1, new Float32Array(4 * HZ).fill(0.5));
    mixer.plan(plan({}));
    played(mixer, BLOCK);
    mixer.line(1, lineAt(0, HZ), false);
    const out = played(mixer, HZ, BLOCK);
    const steps = [...out].map((value, i) => Math.abs(value - (out[i - 1] ?? value)));
    expect(Math.max(...steps)).toBeLessThan(0.005);
    expect(Math.min(...out)).toBe(0);
  });
});

describe("a voice whose samples run out", () => {
  it("fades, is silent, and comes back on the line with what arrives", () => {
    const mixer = new Mixer(HZ);
    mixer.open(1, [new Float32Array(1 << 18)], HZ);
    mixer.write(1, 0, [SOUND.subarray(0, HZ)]);
    mixer.plan(plan({}));
    const out = played(mixer, 2 * HZ);
    expect(mixer.report(2 * HZ)).toMatchObject({ isStarving: true, starvations: 1 });
    expect(out.subarray(HZ).every((value) => value === 0)).toBe(true);
    const at = BLOCK * Math.ceil((2 * HZ) / BLOCK);
    mixer.write(1, HZ, [SOUND.subarray(HZ, 4 * HZ)]);
    const rest = played(mixer, HZ, at);
    expect(mixer.report(at + HZ).isStarving).toBe(false);
    expect(difference(rest.subarray(1_000), SOUND.subarray(at + 1_000, at + HZ))).toBe(0);
  });

  it("at the end of the track has not starved: it has ended", () => {
    const mixer = new Mixer(HZ);
    opened(mixer, 1, SOUND.subarray(0, HZ));
    mixer.end(1, HZ);
    mixer.plan(plan({}));
    const out = played(mixer, 2 * HZ);
    expect(difference(out.subarray(0, HZ), SOUND.subarray(0, HZ))).toBe(0);
    expect(mixer.report(2 * HZ)).toMatchObject({ hasEnded: true, isStarving: false, starvations: 0 });
  });
});

describe("another rate of the room", () => {
  function stretched(rate: number): { out: Float32Array; mixer: Mixer } {
    const mixer = new Mixer(HZ);
    const tone = Float32Array.from({ length: 8 * HZ }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / HZ));
    opened(mixer, 1, tone);
    mixer.plan(plan({ line: lineAt(0, 0, rate, rate) }));
    return { out: played(mixer, 3 * HZ), mixer };
  }

  it.each([0.75, 1.25, 1.5])("of %d keeps the pitch", (rate) => {
    const { out } = stretched(rate);
    const middle = out.subarray(HZ, 2 * HZ);
    let crossings = 0;
    for (let i = 1; i < middle.length; i++) if (middle[i - 1]! < 0 && middle[i]! >= 0) crossings++;
    expect(Math.abs(crossings - 440)).toBeLessThanOrEqual(3);
  });

  it.each([0.75, 1.25, 1.5])("of %d keeps the line and the loudness", (rate) => {
    const { out, mixer } = stretched(rate);
    const frame = BLOCK * Math.ceil((3 * HZ) / BLOCK);
    expect(Math.abs(mixer.report(frame).position - rate * frame)).toBeLessThan(0.001 * HZ);
    const middle = out.subarray(HZ, 2 * HZ);
    const power = middle.reduce((sum, value) => sum + value * value, 0) / middle.length;
    expect(Math.sqrt(power)).toBeGreaterThan(0.3);
    expect(Math.sqrt(power)).toBeLessThan(0.4);
  });

  it("comes in the middle of a track, and goes again", () => {
    const mixer = playing();
    mixer.plan(plan({ frame: HZ, line: lineAt(HZ, HZ, 1.25, 1.25) }));
    played(mixer, 2 * HZ, BLOCK);
    const at = BLOCK + BLOCK * Math.ceil((2 * HZ) / BLOCK);
    expect(Math.abs(mixer.report(at).position - (HZ + 1.25 * (at - HZ)))).toBeLessThan(100);
    const from = HZ + 1.25 * (at + HZ - HZ);
    mixer.plan(plan({ frame: at + HZ, line: lineAt(at + HZ, from) }));
    const out = played(mixer, 2 * HZ, at);
    expect(Number.isInteger(mixer.report(at + 2 * HZ).position)).toBe(true);
    const tail = out.subarray(Math.round(1.5 * HZ), Math.round(1.6 * HZ));
    const place = Math.round(from + 0.5 * HZ);
    expect(difference(tail, SOUND.subarray(place, place + tail.length))).toBeLessThan(0.5);
  });
});

describe("a correction", () => {
  it("never changes the speed by more than its limits", () => {
    for (const errorMs of [-39, -7, -3, -0.2, 0.2, 3, 7, 39]) {
      const { share, jumps } = pursue("correcting", errorMs, false);
      expect(jumps).toBe(false);
      expect(Math.sign(share)).toBe(-Math.sign(errorMs));
      expect(Math.abs(share)).toBeLessThanOrEqual(Math.abs(errorMs) > 6 ? 0.006 : 0.002);
    }
  });

  it("once begun goes on inside the dead band", () => {
    expect(pursue("holding", 0.1, false).pursuit).toBe("holding");
    expect(pursue("correcting", 0.1, false).pursuit).toBe("correcting");
    expect(pursue("correcting", 0.005, false).pursuit).toBe("holding");
  });
});

describe("the ring", () => {
  const ring = (): SampleRing => new SampleRing([new Float32Array(8)]);
  const some = (...values: number[]): Float32Array[] => [Float32Array.from(values)];

  it("keeps the newest and forgets the oldest", () => {
    const one = ring();
    one.write(0, some(1, 2, 3, 4, 5, 6));
    one.write(6, some(7, 8, 9, 10));
    expect([one.from, one.to]).toEqual([2, 10]);
    expect([1, 2, 9, 10].map((at) => one.at(0, at))).toEqual([0, 3, 10, 0]);
  });

  it("begins anew with what does not join on", () => {
    const one = ring();
    one.write(0, some(1, 2, 3));
    one.write(100, some(4, 5));
    expect([one.from, one.to, one.at(0, 101)]).toEqual([100, 102, 5]);
  });

  it("takes more than it holds", () => {
    const one = ring();
    one.write(0, [Float32Array.from({ length: 20 }, (_, i) => i)]);
    expect([one.from, one.to, one.at(0, 12), one.at(0, 19)]).toEqual([12, 20, 12, 19]);
  });

  it("takes samples in front, and gives back stretches that it holds", () => {
    const one = ring();
    one.write(0, some(1, 2, 3));
    one.prepend(some(8, 9));
    expect([...one.slice(-2, 2)![0]!]).toEqual([8, 9, 1, 2]);
    expect(one.slice(-3, 1)).toBeNull();
    one.truncate(1);
    expect([one.from, one.to]).toEqual([-2, 1]);
  });

  it("needs a power of two", () => {
    expect(() => new SampleRing([new Float32Array(7)])).toThrow(RangeError);
    expect(() => new SampleRing([])).toThrow(RangeError);
  });
});

import { describe, expect, it } from "vitest";

import { agreed, chirp, findChirp, speakerDelay } from "../../src/calibration/chirp.js";
import { seeded } from "../random.js";

const HZ = 16_000;

/** What a microphone hears: the chirp late by `at` samples, in noise, with an echo. */
function heard(at: number, { loudness = 0.05, noise = 0.01, echo = 0 } = {}): Float32Array {
  const random = seeded(3);
  const sound = chirp(HZ);
  const out = Float32Array.from({ length: HZ * 0.6 }, () => random.normal(noise));
  const add = (from: number, gain: number): void =>
    sound.forEach((value, i) => (out[from + i] = (out[from + i] ?? 0) + gain * value));
  add(at, loudness);
  if (echo > 0) add(at + 400, loudness * echo);
  return out;
}

describe("a chirp", () => {
  it("is found in noise, to a tenth of a millisecond", () => {
    for (const at of [0, 700, 5_000]) expect(Math.abs(findChirp(heard(at), chirp(HZ))! - at)).toBeLessThan(1.6);
  });

  it("is taken from the direct way, not from an echo that is louder", () => {
    expect(Math.abs(findChirp(heard(900, { echo: 1.3 }), chirp(HZ))! - 900)).toBeLessThan(1.6);
  });

  it("that is not there is not found", () => {
    expect(findChirp(heard(500, { loudness: 0 }), chirp(HZ))).toBeNull();
    expect(findChirp(new Float32Array(8_000), chirp(HZ))).toBeNull();
    expect(findChirp(new Float32Array(3), chirp(HZ))).toBeNull();
  });
});

describe("several readings", () => {
  it("agree although one is wrong", () => {
    expect(agreed([201, 199, 200, 640, 200])).toEqual({ delayMs: 200, spreadMs: 1 });
  });

  it("agree on the earliest where a busy machine held some up", () => {
    expect(agreed([262, 205, 260, 201, 261, 199])!.delayMs).toBeCloseTo(201.7, 1);
  });

  it("that scatter, or are too few, agree on nothing", () => {
    expect(agreed([100, 150, 200, 250, 300])).toBeNull();
    expect(agreed([100, 100])).toBeNull();
    expect(agreed([])).toBeNull();
  });
});

describe("the speaker's delay", () => {
  it("is what the browser does not know of", () => {
    expect(speakerDelay(220, 20)).toBe(200);
  });

  it("below what microphone and browser leave open is none", () => {
    expect(speakerDelay(45, 20)).toBe(0);
  });
});

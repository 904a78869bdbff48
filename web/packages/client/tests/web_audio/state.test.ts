import { describe, expect, it } from "vitest";

import type { Cue, Source } from "../../src/engine.js";
import { whyNoGraph, whyNotByDefault } from "../../src/web_audio/fitness.js";
import type { Report } from "../../src/web_audio/mixer.js";
import type { Staged } from "../../src/web_audio/staging.js";
import { stateOf } from "../../src/web_audio/state.js";

const A: Source = { itemId: "a", url: "/a" };
const B: Source = { itemId: "b", url: "/b" };
const PLAYING: Cue = { source: A, running: true, positionMs: 0, rate: 1, atMs: 0 };
const PAUSED: Cue = { ...PLAYING, running: false };
const NEXT: Cue = { ...PLAYING, source: B, atMs: 60_000 };
const REPORT: Report = {
  frame: 0,
  voice: 1,
  position: 0,
  hasEnded: false,
  isStarving: false,
  starvations: 0,
  done: 1,
};

function state(current: Cue | null, next: Cue | null, enacted: Cue | null, report: Report | null = REPORT, nowMs = 10_000) {
  const staged: Staged = { id: 1, cue: enacted, reel: null };
  const of = (cue: Cue) => (cue === enacted ? staged : undefined);
  return stateOf({ current, next }, { enacted: staged, of }, report, nowMs);
}

describe("what a listener is told", () => {
  it("is what the audio thread does, when it does what is wanted", () => {
    expect(state(null, null, null)).toBe("idle");
    expect(state(PLAYING, null, PLAYING)).toBe("playing");
    expect(state(PAUSED, null, PAUSED)).toBe("paused");
  });

  it("is loading while it does not yet, or has nothing left to play", () => {
    expect(state(PLAYING, null, null)).toBe("loading");
    expect(state(PLAYING, null, PLAYING, null)).toBe("loading");
    expect(state(PLAYING, null, PLAYING, { ...REPORT, isStarving: true })).toBe("loading");
    expect(state(PLAYING, null, NEXT)).toBe("loading");
  });

  it("is waiting at the end of a track, and before a start that is prepared", () => {
    expect(state(PLAYING, null, PLAYING, { ...REPORT, hasEnded: true })).toBe("waiting");
    expect(state(null, NEXT, null)).toBe("waiting");
    expect(state(null, NEXT, NEXT, REPORT, 59_500)).toBe("waiting");
    expect(state(null, NEXT, null, REPORT, 59_500)).toBe("loading");
  });

  it("does not flicker when the audio thread goes over to the next before it is heard", () => {
    expect(state(PLAYING, NEXT, NEXT, REPORT, 59_900)).toBe("playing");
    expect(state(PLAYING, { ...PAUSED, atMs: 11_000 }, PLAYING)).toBe("playing");
  });
});

describe("where the engine can work", () => {
  const worklet = { prototype: { audioWorklet: null, getOutputTimestamp: null } };
  const scope = (parts: object): typeof globalThis => parts as typeof globalThis;

  it("is where there is an audio thread with a readable clock", () => {
    expect(whyNoGraph(scope({ AudioContext: worklet, BaseAudioContext: worklet }))).toBeNull();
    expect(whyNoGraph(scope({}))).not.toBeNull();
    const old = { prototype: {} };
    expect(whyNoGraph(scope({ AudioContext: old, BaseAudioContext: old }))).toMatch(/https/);
    const noClock = { prototype: { audioWorklet: null } };
    expect(whyNoGraph(scope({ AudioContext: noClock, BaseAudioContext: noClock }))).toMatch(/clock/);
  });

  it("is not chosen by itself on a phone that would fall silent, or where data is to be saved", () => {
    const on = (parts: object): string | null =>
      whyNotByDefault({ maxTouchPoints: 0, ...parts } as unknown as Navigator);
    expect(on({ userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/156" })).toBeNull();
    expect(on({ userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)" })).not.toBeNull();
    expect(on({ userAgent: "Mozilla/5.0 (Macintosh)", maxTouchPoints: 5 })).not.toBeNull();
    expect(on({ userAgent: "Chrome/156", connection: { saveData: true } })).not.toBeNull();
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { lineAt, type Cue, type Source } from "../src/engine.js";
import { MediaEngine } from "../src/media_engine.js";
import { memoryStorage } from "./memory_storage.js";
import { QUICK_DECK, SimulatedDeck, type DeckTraits } from "./simulated_deck.js";
import type { KeyValueStorage } from "../src/storage.js";

const A: Source = { itemId: "a", url: "/a.m3u8" };
const B: Source = { itemId: "b", url: "/b.m3u8" };

let engine: MediaEngine;
let decks: SimulatedDeck[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  make();
});

afterEach(() => {
  engine.close();
  vi.useRealTimers();
});

function make(traits: DeckTraits = QUICK_DECK, storage: KeyValueStorage | null = null): void {
  decks = [];
  engine = new MediaEngine({
    clock: { now: () => Date.now() },
    storage,
    createDeck: (events) => {
      const deck = new SimulatedDeck(events, traits, decks.length + 1);
      decks.push(deck);
      return deck;
    },
  });
}

function cue(change: Partial<Cue> = {}): Cue {
  return {
    source: A,
    running: true,
    positionMs: 30_000,
    rate: 1,
    atMs: Date.now() + 1_000,
    ...change,
  };
}

function heard(): SimulatedDeck | undefined {
  return decks.find((deck) => deck.isAudible && deck.isRunning);
}

/** True error of what is heard, ms; null for silence. */
function errorOf(line: Cue): number | null {
  const deck = heard();
  if (deck === undefined || deck.source?.itemId !== line.source.itemId) return null;
  return deck.trueMs() - lineAt(line, Date.now());
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** How long until it is heard, and the largest error from then on for `forMs`. */
async function listen(
  line: Cue,
  forMs: number,
): Promise<{ silentMs: number; worstMs: number; endMs: number }> {
  let silentMs = 0;
  let worstMs = 0;
  let errorMs: number | null = null;
  for (let i = 0; i < forMs / 10; i++) {
    await pass(10);
    errorMs = errorOf(line);
    if (errorMs === null) silentMs += 10;
    else worstMs = Math.max(worstMs, Math.abs(errorMs));
  }
  return { silentMs, worstMs, endMs: Math.abs(errorMs ?? Infinity) };
}

function state(): string {
  return engine.view.getSnapshot().state;
}

describe("a late joiner", () => {
  it("is on the beat within a second and disturbs nobody with a jump", async () => {
    const line = cue({ atMs: Date.now() - 60_000 });
    engine.follow(line);
    expect(state()).toBe("loading");
    const { silentMs, worstMs, endMs } = await listen(line, 5_000);
    expect(silentMs).toBeLessThan(1_500);
    expect(worstMs).toBeLessThan(60);
    expect(endMs).toBeLessThan(3);
    expect(state()).toBe("playing");
    expect(engine.view.getSnapshot()).toMatchObject({
      itemId: "a",
      rung: "aac_128",
      bufferedMs: 20_000,
    });
  });

  it("takes the time a slow network needs, and then is right too", async () => {
    make({ ...QUICK_DECK, loadMs: 2_500, seekMs: 200 });
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    const { silentMs, endMs } = await listen(line, 12_000);
    expect(silentMs).toBeLessThan(6_000);
    expect(endMs).toBeLessThan(3);
  });
});

describe("a seek", () => {
  it("goes on with the old place until the moment, then is at the new one at once", async () => {
    const first = cue({ atMs: Date.now() - 5_000 });
    engine.follow(first);
    await pass(4_000);
    const second = cue({ positionMs: 90_000 });
    engine.follow(second);
    await pass(950);
    expect(Math.abs(errorOf(first)!)).toBeLessThan(5);
    await pass(50);
    const { silentMs, worstMs } = await listen(second, 3_000);
    expect(silentMs).toBeLessThanOrEqual(20);
    expect(worstMs).toBeLessThan(15);
  });

  it("close to where it plays is a bend, not a jump", async () => {
    const first = cue({ atMs: Date.now() - 5_000 });
    engine.follow(first);
    await pass(4_000);
    const deck = heard();
    const second = cue({
      positionMs: lineAt(first, Date.now() + 500) + 40,
      atMs: Date.now() + 500,
    });
    engine.follow(second);
    await pass(5_000);
    expect(heard()).toBe(deck);
    expect(Math.abs(errorOf(second)!)).toBeLessThan(3);
  });
});

describe("the start of a track", () => {
  it("is learned: the second one is closer than the first, and it is remembered", async () => {
    const storage = memoryStorage();
    make({ ...QUICK_DECK, startMs: 130, noiseMs: 0.1 }, storage);
    const worst: number[] = [];
    for (const itemId of ["x", "y", "z"]) {
      const line = cue({ source: { itemId, url: "/x" }, positionMs: 0, atMs: Date.now() + 1_000 });
      engine.follow(line);
      await pass(1_000 + 200);
      worst.push(Math.abs(errorOf(line)!));
      await pass(6_000);
    }
    expect(worst[0]).toBeGreaterThan(30);
    expect(worst[2]).toBeLessThan(10);
    expect(Number(storage.getItem("veza.lead_ms.start"))).toBeGreaterThan(110);
  });

  it("follows the one before without a hole when it was prepared", async () => {
    const first = cue({ positionMs: 170_000, atMs: Date.now() - 1_000 });
    engine.follow(first);
    await pass(3_000);
    engine.prepare(B, 0);
    await pass(1_000);
    const next = cue({ source: B, positionMs: 0, atMs: first.atMs + 10_000 });
    engine.follow(next);
    await pass(next.atMs - Date.now());
    const { silentMs } = await listen(next, 2_000);
    expect(silentMs).toBeLessThanOrEqual(20);
    expect(Math.abs(errorOf(next)!)).toBeLessThan(30);
  });
});

describe("what comes next", () => {
  it("being on the line already does not stop the nudging of what plays", async () => {
    make({ ...QUICK_DECK, skewPpm: 400 }); // a crystal bad enough to need a pulse every 4 s
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    await pass(4_000);
    engine.follow(cue({ source: B, positionMs: 0, atMs: Date.now() + 60_000 }));
    let worstMs = 0;
    for (let i = 0; i < 500; i++) {
      await pass(100);
      worstMs = Math.max(worstMs, Math.abs(errorOf(line) ?? Infinity));
    }
    expect(worstMs).toBeLessThan(5);
  });

  it("does not displace what comes before it", async () => {
    const resumed = cue();
    engine.follow(resumed);
    const next = cue({ source: B, positionMs: 0, atMs: resumed.atMs + 5_000 });
    engine.follow(next);
    await pass(3_000);
    expect(Math.abs(errorOf(resumed)!)).toBeLessThan(5);
    await pass(6_000);
    expect(Math.abs(errorOf(next)!)).toBeLessThan(5);
  });

  it("is forgotten when something else is decided", async () => {
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    await pass(3_000);
    engine.follow(cue({ source: B, positionMs: 0, atMs: Date.now() + 4_000 }));
    await pass(500);
    const at = Date.now() + 250;
    engine.follow(cue({ running: false, positionMs: lineAt(line, at), atMs: at }));
    await pass(10_000);
    expect(heard()).toBeUndefined();
    expect(engine.view.getSnapshot()).toMatchObject({ state: "paused", itemId: "a" });
  });

  it("is there in time although what plays had to come back into step", async () => {
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    await pass(3_000);
    const next = cue({ source: B, positionMs: 0, atMs: Date.now() + 6_000 });
    engine.follow(next);
    await pass(1_000);
    heard()!.interrupt();
    await pass(3_000);
    expect(Math.abs(errorOf(line)!)).toBeLessThan(5);
    await pass(5_000);
    expect(Math.abs(errorOf(next)!)).toBeLessThan(5);
  });
});

describe("a pause", () => {
  it("is silent at its moment, stands at the common place, and resumes from there", async () => {
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    await pass(4_000);
    const paused = cue({ running: false, positionMs: 39_250, atMs: Date.now() + 250 });
    engine.follow(paused);
    await pass(200);
    expect(heard()).toBeDefined();
    await pass(100);
    expect(heard()).toBeUndefined();
    expect(state()).toBe("paused");
    const resumed = cue({ positionMs: 39_250 });
    engine.follow(resumed);
    await pass(1_000);
    const { silentMs, worstMs } = await listen(resumed, 3_000);
    expect(silentMs).toBeLessThanOrEqual(20);
    expect(worstMs).toBeLessThan(15);
  });

  it("loads what is paused, so that a start begins at once", async () => {
    engine.follow(cue({ running: false, positionMs: 12_000, atMs: Date.now() - 1 }));
    await pass(500);
    expect(decks[0]!.cued).toEqual([12_000]);
    expect(engine.measure()).toBeNull();
  });
});

describe("while it plays", () => {
  it("measures where it is", async () => {
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    await pass(6_000);
    const { itemId, positionMs, atMs } = engine.measure()!;
    expect(itemId).toBe("a");
    expect(Math.abs(positionMs - lineAt(line, atMs))).toBeLessThan(3);
    expect(Math.abs(engine.view.getSnapshot().driftMs!)).toBeLessThan(3);
  });

  it("follows the shared rate", async () => {
    const line = cue({ rate: 1.25, atMs: Date.now() - 5_000 });
    engine.follow(line);
    const { endMs } = await listen(line, 8_000);
    expect(endMs).toBeLessThan(4);
  });

  it("plays ahead by what the speakers take", async () => {
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.setOutputLatency(180);
    engine.follow(line);
    await pass(8_000);
    expect(errorOf(line)).toBeGreaterThan(177);
    expect(errorOf(line)).toBeLessThan(183);
    const { positionMs, atMs } = engine.measure()!;
    expect(Math.abs(positionMs - lineAt(line, atMs))).toBeLessThan(3);
  });

  it("is left alone by the same line read twice", async () => {
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    await pass(6_000);
    const { starts } = heard()!;
    const before = starts.length;
    engine.follow(cue({ positionMs: lineAt(line, Date.now()), atMs: Date.now() }));
    await pass(2_000);
    expect(starts).toHaveLength(before);
    expect(Math.abs(errorOf(line)!)).toBeLessThan(3);
  });

  it("comes back in step when it was stopped from outside", async () => {
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    await pass(5_000);
    heard()!.interrupt();
    await pass(3_000);
    expect(Math.abs(errorOf(line)!)).toBeLessThan(5);
  });

  it("waits at the end of the track for what the hub decides", async () => {
    engine.follow(cue({ positionMs: 178_000, atMs: Date.now() - 100 }));
    await pass(4_000);
    expect(state()).toBe("waiting");
    expect(engine.measure()).toBeNull();
  });

  it("ends with silence", async () => {
    engine.follow(cue({ atMs: Date.now() - 5_000 }));
    await pass(3_000);
    engine.follow(null);
    expect(heard()).toBeUndefined();
    expect(state()).toBe("idle");
  });
});

describe("the browser's own rules", () => {
  it("shows that a gesture is needed, and joins the others after it", async () => {
    for (const deck of decks) deck.refusesPlay = true;
    const line = cue({ atMs: Date.now() - 5_000 });
    engine.follow(line);
    await pass(2_000);
    expect(state()).toBe("blocked");
    expect(await engine.unlock()).toBe(true);
    expect(decks.map(({ unlocked }) => unlocked)).toEqual([1, 1]);
    await pass(3_000);
    expect(state()).toBe("playing");
    expect(Math.abs(errorOf(line)!)).toBeLessThan(5);
  });

  it("says what failed, and starts afresh with the next cue", async () => {
    engine.follow(cue({ atMs: Date.now() - 5_000 }));
    await pass(3_000);
    heard()!.fail("bufferAppendError");
    expect(engine.view.getSnapshot()).toMatchObject({
      state: "failed",
      error: "bufferAppendError",
    });
    const line = cue({ source: B, atMs: Date.now() - 1_000 });
    engine.follow(line);
    await pass(4_000);
    expect(Math.abs(errorOf(line)!)).toBeLessThan(5);
  });

  it("passes volume and mute to both decks", () => {
    engine.setVolume(1.7);
    engine.setMuted(true);
    expect(decks.map(({ volume, muted }) => [volume, muted])).toEqual([
      [1, true],
      [1, true],
    ]);
  });
});

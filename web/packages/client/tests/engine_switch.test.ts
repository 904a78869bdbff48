import { beforeEach, expect, it } from "vitest";

import type { Cue, Source } from "../src/engine.js";
import { EngineSwitch, isEngineChoice, type EngineChoice } from "../src/engine_switch.js";
import { NotingEngine } from "./noting_engine.js";

const A: Source = { itemId: "a", url: "/a" };
const B: Source = { itemId: "b", url: "/b" };

let made: NotingEngine[];
let unfit: ((reason: string) => void)[];
let isPossible: boolean;

beforeEach(() => {
  made = [];
  unfit = [];
  isPossible = true;
});

function noted(kind: "media" | "graph"): NotingEngine {
  const engine = new NotingEngine(kind);
  made.push(engine);
  return engine;
}

function engineFor(choice: EngineChoice): EngineSwitch {
  const graph = (_choice: "auto" | "graph", onUnfit: (reason: string) => void) => {
    unfit.push(onUnfit);
    return isPossible ? noted("graph") : null;
  };
  return new EngineSwitch({ media: () => noted("media"), graph }, choice);
}

function cue(source: Source, atMs: number): Cue {
  return { source, running: true, positionMs: 0, rate: 1, atMs };
}

it("makes the engine that is chosen", () => {
  expect(engineFor("auto").kind).toBe("graph");
  expect(engineFor("graph").kind).toBe("graph");
  expect(engineFor("media").kind).toBe("media");
  expect(made).toHaveLength(3);
});

it("takes media elements where there is no Web Audio", () => {
  isPossible = false;
  expect(engineFor("graph").kind).toBe("media");
});

it("gives media elements all that the other one was told, when that cannot do its work", () => {
  const engine = engineFor("auto");
  engine.setVolume(0.5);
  engine.setMuted(true);
  engine.setOutputLatency(40);
  engine.follow(cue(A, 0));
  engine.follow(cue(A, 1_000));
  engine.follow(cue(B, 90_000));
  engine.prepare({ itemId: "c", url: "/c" }, 0);
  unfit[0]!("no clock");

  const [graph, media] = made as [NotingEngine, NotingEngine];
  expect(graph.closed).toBe(1);
  expect(engine.kind).toBe("media");
  expect(engine.unfit).toBe("no clock");
  expect(media.followed).toEqual([cue(A, 1_000), cue(B, 90_000)]);
  expect(media.prepared.map(([source]) => source.itemId)).toEqual(["c"]);
  expect([media.volume, media.muted, media.latencyMs]).toEqual([0.5, true, 40]);
});

it("shows the engine that plays, and not the one that was replaced", () => {
  const engine = engineFor("auto");
  let calls = 0;
  engine.view.subscribe(() => calls++);
  unfit[0]!("no clock");
  const [graph, media] = made as [NotingEngine, NotingEngine];
  media.view.set({ ...media.view.getSnapshot(), state: "playing" });
  expect(engine.view.getSnapshot().state).toBe("playing");
  const before = calls;
  graph.view.set({ ...graph.view.getSnapshot(), state: "failed" });
  expect(calls).toBe(before);
  expect(engine.view.getSnapshot().state).toBe("playing");
});

it("changes over when another is chosen, and tries again what was given up", () => {
  const engine = engineFor("auto");
  engine.follow(cue(A, 5));
  unfit[0]!("no clock");
  unfit[0]!("no clock again");
  expect(made).toHaveLength(2);
  engine.choose("graph");
  expect([engine.kind, engine.choice, engine.unfit]).toEqual(["graph", "graph", null]);
  expect(made[2]!.followed).toEqual([cue(A, 5)]);
  engine.choose("media");
  expect(engine.kind).toBe("media");
  expect(made.map(({ closed }) => closed)).toEqual([1, 1, 1, 0]);
});

it("tells a new engine nothing of what has ended", () => {
  const engine = engineFor("auto");
  engine.follow(cue(A, 5));
  engine.prepare(B, 0);
  engine.follow(null);
  engine.choose("media");
  expect([made[1]!.followed, made[1]!.prepared]).toEqual([[], []]);
});

it("knows a choice", () => {
  expect(["auto", "graph", "media", "loud", null, 3].map(isEngineChoice)).toEqual([true, true, true, false, false, false]);
});

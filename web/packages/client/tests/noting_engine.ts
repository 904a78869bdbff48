import type { Cue, EngineView, Measurement, PlayerEngine, Source } from "../src/engine.js";
import { Store } from "../src/store.js";

/** Notes what it is told; a test says what it measures. */
export class NotingEngine implements PlayerEngine {
  readonly kind: PlayerEngine["kind"];
  readonly view = new Store<EngineView>({
    state: "idle",
    error: null,
    itemId: null,
    driftMs: null,
    bufferedMs: 0,
    rung: null,
  });
  readonly followed: (Cue | null)[] = [];
  readonly prepared: [Source, number][] = [];
  measured: Measurement | null = null;
  volume: number | null = null;
  muted: boolean | null = null;
  latencyMs: number | null = null;
  closed = 0;

  constructor(kind: PlayerEngine["kind"] = "media") {
    this.kind = kind;
  }

  unlock(): Promise<boolean> {
    return Promise.resolve(true);
  }
  prepare(source: Source, positionMs: number): void {
    this.prepared.push([source, positionMs]);
  }
  follow(cue: Cue | null): void {
    this.followed.push(cue);
  }
  setVolume(volume: number): void {
    this.volume = volume;
  }
  setMuted(muted: boolean): void {
    this.muted = muted;
  }
  setOutputLatency(latencyMs: number): void {
    this.latencyMs = latencyMs;
  }
  measure(): Measurement | null {
    return this.measured;
  }
  close(): void {
    this.closed++;
  }
}

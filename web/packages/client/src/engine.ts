/**
 * What a player engine promises. Two kinds fit behind it: the media element (`MediaEngine`, works
 * everywhere and on a locked phone) and one on Web Audio that schedules decoded samples.
 */
import type { Observable } from "./store.js";
import type { Id } from "./wire/wire.js";

/** One track to be heard, as an HLS address. */
export interface Source {
  /** The queue item it is for: the same track queued twice is two sources. */
  readonly itemId: Id;
  /** Address of the multivariant playlist. */
  readonly url: string;
}

/**
 * What is to sound from hub time `atMs` on; until then what was followed before goes on. While
 * running, position(t) = positionMs + rate * (t - atMs).
 */
export interface Cue {
  readonly source: Source;
  readonly running: boolean;
  readonly positionMs: number;
  readonly rate: number;
  readonly atMs: number;
}

export type EngineState =
  /** Nothing to play. */
  | "idle"
  /** Fetching or getting into step; silent. */
  | "loading"
  /** Ready, the moment has not come yet. */
  | "waiting"
  | "playing"
  | "paused"
  /** The browser wants a gesture first: call `unlock` in one. */
  | "blocked"
  | "failed";

export interface EngineView {
  state: EngineState;
  error: string | null;
  itemId: Id | null;
  /** Measured position minus the timeline, ms (ahead is positive); null while not sounding. */
  driftMs: number | null;
  /** Audio at hand from the position on, ms. */
  bufferedMs: number;
  /** Name of the ladder's rung that is fetched now. */
  rung: string | null;
}

export const IDLE_VIEW: EngineView = {
  state: "idle",
  error: null,
  itemId: null,
  driftMs: null,
  bufferedMs: 0,
  rung: null,
};

/** Where an engine really is at hub time `atMs`. */
export interface Measurement {
  itemId: Id;
  positionMs: number;
  atMs: number;
}

export interface PlayerEngine {
  readonly kind: "media" | "graph";
  readonly view: Observable<EngineView>;
  /** Call inside a click or key handler. True when sound may start. */
  unlock(): Promise<boolean>;
  /** Fetches the start of what comes next, so that it begins without delay. */
  prepare(source: Source, positionMs: number): void;
  /** Follows the cue from its `atMs` on; null is silence now. */
  follow(cue: Cue | null): void;
  /** 0 to 1. */
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  /** How late the device's speakers sound; the engine plays ahead by as much. */
  setOutputLatency(latencyMs: number): void;
  /**
   * Sounds on this device from now on, a `deviceId` of `enumerateDevices`; "" is the system's own choice.
   * Rejects, and goes on where it was, when the device is not there or the browser cannot.
   */
  setOutputDevice?(deviceId: string): Promise<void>;
  /** How long one track fades into the next where a track is left before its end, ms. */
  setCrossfade?(fadeMs: number): void;
  /** Null while nothing sounds. */
  measure(): Measurement | null;
  close(): void;
}

/** Position of a cue at hub time `atMs`, also before its start; not held inside the track. */
export function lineAt(cue: Cue, atMs: number): number {
  return cue.running ? cue.positionMs + cue.rate * (atMs - cue.atMs) : cue.positionMs;
}

export function isSameSource(a: Source | null, b: Source | null): boolean {
  return a !== null && b !== null && a.itemId === b.itemId && a.url === b.url;
}

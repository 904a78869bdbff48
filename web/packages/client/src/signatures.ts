/** The promised shape of player.ts until it lands. */
import type { HubConnection } from "./connection.js";
import type { RoomState } from "./room.js";
import type { ServerClock } from "./clock.js";
import type { Observable } from "./store.js";
import type { Id } from "./types.js";

// ---- player.ts
export interface PlayerView {
  /** blocked: the browser wants a gesture, call unlock(). */
  state: "idle" | "loading" | "waiting" | "playing" | "paused" | "blocked" | "failed";
  error: string | null;
  itemId: Id | null;
  /** Measured position minus the shared timeline, ms; null when silent. */
  driftMs: number | null;
  driftP50Ms: number | null;
  driftP95Ms: number | null;
  bufferedMs: number;
  rung: string | null;
  volume: number;
  muted: boolean;
}
export interface PlayerOptions {
  room: RoomState;
  clock: ServerClock;
  connection: HubConnection;
  /** Address of a track's multivariant playlist; default /api/v1/tracks/{id}/hls/master.m3u8. */
  sourceUrl?: (trackId: Id) => string;
  /** Access token for segment requests; default none (the cookie). */
  token?: () => string | null;
  storage?: Storage;
}
export declare class SyncedPlayer {
  constructor(options: PlayerOptions);
  readonly view: Observable<PlayerView>;
  start(): void;
  stop(): void;
  /** Call inside a click or key handler. True when sound may start. */
  unlock(): Promise<boolean>;
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  /** How late this device's speaker sounds, ms (negative: early); the player plays that much ahead.
   * The page remembers it per device and sets it before start() (wanted by web/src/playback). */
  setOutputLatency(latencyMs: number): void;
  /** Position now, ms; what a progress bar shows (call per animation frame). */
  positionMs(): number;
  onDrift(listener: (driftMs: number) => void): () => void;
}

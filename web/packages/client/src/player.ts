import type { ServerClock } from "./clock/clock.js";
import type { HubConnection } from "./connection/connection.js";
import { DriftSeries } from "./clock/drift.js";
import { comingOf, isPlayable } from "./coming.js";
import type { Cue, EngineView, PlayerEngine, Source } from "./engine.js";
import { MediaEngine } from "./media_engine.js";
import type { RoomState } from "./room/room.js";
import type { RoomView } from "./room/room_view.js";
import { pageStorage, type KeyValueStorage } from "./storage.js";
import { Store, type Observable } from "./store.js";
import { decide, EMPTY_TIMELINE, playbackAt, positionAt, type Timeline } from "./clock/timeline.js";
import type { RoomEvents } from "./wire/events.js";
import type { Playback } from "./wire/playback.js";
import type { Id } from "./wire/wire.js";

const LOOK_EVERY_MS = 250;
const REPORT_EVERY_MS = 5_000;
/** In an auditorium the clock is measured this often: its own drift in between is some 0.1 ms. */
const HALL_CLOCK_MS = 10_000;
/** At hand before this listener tells the others that he is ready to start. */
const READY_MS = 2_000;
const VOLUME_KEY = "veza.volume";

export interface PlayerView extends EngineView {
  /** Which engine plays: media elements, or decoded samples on Web Audio. */
  engine: PlayerEngine["kind"];
  /** Median of the absolute drift of the last minute, ms. */
  driftP50Ms: number | null;
  driftP95Ms: number | null;
  volume: number;
  muted: boolean;
}

export interface PlayerOptions {
  room: RoomState;
  clock: ServerClock;
  connection: HubConnection;
  /** Address of a track's multivariant playlist; default /api/v1/tracks/{id}/hls/master.m3u8. */
  sourceUrl?: (trackId: Id) => string;
  /** Access token for playlists and segments; default: the cookie goes along by itself. */
  token?: () => string | null;
  storage?: KeyValueStorage | null;
  /** Default: media elements. */
  engine?: PlayerEngine;
}

/**
 * Plays what the room plays, on the beat. Follows the room's playback with an engine, tells the hub
 * every 5 s where it really is, and keeps the listener's own volume.
 */
export class SyncedPlayer {
  readonly #options: PlayerOptions;
  readonly #engine: PlayerEngine;
  readonly #storage: KeyValueStorage | null;
  readonly #view: Store<PlayerView>;
  readonly #drift = new DriftSeries();
  readonly #driftListeners = new Set<(driftMs: number) => void>();
  #timeline: Timeline = EMPTY_TIMELINE;
  #seen: Playback | null = null;
  #prepared: RoomEvents["playback:prepared"] | null = null;
  /** The item that was made ready while nothing plays. */
  #first: Id | null = null;
  #readyRev: number | null = null;
  #reportedAtMs = 0;
  #reportEveryMs = REPORT_EVERY_MS;
  #volume: number;
  #muted = false;
  #timer: ReturnType<typeof setInterval> | null = null;
  #stopListening: (() => void)[] = [];

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#storage = options.storage === undefined ? pageStorage() : options.storage;
    const { clock, token } = options;
    this.#engine =
      options.engine ??
      new MediaEngine({ clock, storage: this.#storage, ...(token === undefined ? {} : { token }) });
    const kept = Number.parseFloat(this.#storage?.getItem(VOLUME_KEY) ?? "");
    this.#volume = Number.isFinite(kept) ? Math.min(1, Math.max(0, kept)) : 1;
    this.#engine.setVolume(this.#volume);
    this.#view = new Store(this.#compose());
  }

  get view(): Observable<PlayerView> {
    return this.#view;
  }

  /** Begins to follow the room. */
  start(): void {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#stopListening = [
      this.#options.room.subscribe(() => this.#onRoom(this.#options.room.getSnapshot())),
      this.#engine.view.subscribe(() => this.#publish()),
    ];
    this.#onRoom(this.#options.room.getSnapshot());
  }

  /** Silence; `start` may follow. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const stop of this.#stopListening) stop();
    this.#stopListening = [];
    this.#seen = this.#prepared = this.#first = null;
    this.#timeline = EMPTY_TIMELINE;
    this.#engine.close();
    this.#publish();
  }

  /** Call inside a click or key handler. True when sound may start. */
  unlock(): Promise<boolean> {
    return this.#engine.unlock();
  }

  /** 0 to 1; remembered on this device. */
  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#storage?.setItem(VOLUME_KEY, String(this.#volume));
    this.#engine.setVolume(this.#volume);
    this.#publish();
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#engine.setMuted(muted);
    this.#publish();
  }

  /** How late this device's speakers sound, ms: it plays ahead by as much. */
  setOutputLatency(latencyMs: number): void {
    this.#drift.clear();
    this.#engine.setOutputLatency(latencyMs);
  }

  /** Where the room is now, ms into the item: what a progress bar shows, read per frame. */
  positionMs(): number {
    const nowMs = this.#options.clock.now();
    const playback = playbackAt(this.#timeline, nowMs);
    if (playback === null) return this.#timeline.next?.position_ms ?? 0;
    return Math.max(0, positionAt(playback, nowMs, this.#durationOf(playback.item_id)));
  }

  /** Calls `listener` with each measured drift, four times a second while it sounds. */
  onDrift(listener: (driftMs: number) => void): () => void {
    this.#driftListeners.add(listener);
    return () => this.#driftListeners.delete(listener);
  }

  #onRoom({ playback, prepared, queue }: RoomView): void {
    const isNew = this.#seen === null;
    if (playback !== null && !isSame(playback, this.#seen)) {
      this.#seen = playback;
      this.#timeline = decide(this.#timeline, playback, this.#options.clock.now());
      this.#drift.clear();
      this.#engine.follow(this.#cueOf(playback));
    }
    if (prepared !== null && prepared !== this.#prepared) this.#onPrepared(prepared);
    const missed = isNew && prepared === null ? comingOf(playback, queue, this.#options.clock.now()) : null;
    if (missed !== null) this.#onPrepared(missed);
    this.#prepared = prepared;
    this.#prepareFirst(playback, queue);
    this.#publish();
  }

  /** While nothing plays, the first of the queue stands ready: a press of play leaves a second. */
  #prepareFirst(playback: Playback | null, queue: RoomView["queue"]): void {
    const isIdle = playback !== null && (playback.item_id === null || playback.status === "ended");
    const first = isIdle ? queue?.items.find(isPlayable) : undefined;
    if ((first?.id ?? null) === this.#first) return;
    this.#first = first?.id ?? null;
    if (first !== undefined) this.#engine.prepare(this.#sourceOf(first.id, first.track_id), 0);
  }

  /** What comes next is on the line already: it starts at its moment, heard of or not. */
  #onPrepared({
    item_id,
    track_id,
    position_ms,
    deadline_ms,
  }: RoomEvents["playback:prepared"]): void {
    const source = this.#sourceOf(item_id, track_id);
    this.#engine.prepare(source, position_ms);
    const now = this.#seen;
    if (now?.status !== "playing" || deadline_ms === null || now.item_id === item_id) return;
    const cue: Cue = {
      source,
      running: true,
      positionMs: position_ms,
      rate: now.rate,
      atMs: deadline_ms,
    };
    this.#engine.follow(cue);
  }

  #cueOf(playback: Playback): Cue | null {
    const { item_id, track_id, status, rate, effective_at_ms } = playback;
    if (item_id === null || track_id === null || status === "ended") return null;
    return {
      source: this.#sourceOf(item_id, track_id),
      running: status === "playing",
      positionMs: positionAt(playback, effective_at_ms),
      rate,
      atMs: effective_at_ms,
    };
  }

  #sourceOf(itemId: Id, trackId: Id): Source {
    const urlOf = this.#options.sourceUrl ?? ((id) => `/api/v1/tracks/${id}/hls/master.m3u8`);
    return { itemId, url: urlOf(trackId) };
  }

  #durationOf(itemId: Id | null): number | null {
    const items = this.#options.room.getSnapshot().queue?.items;
    return items?.find(({ id }) => id === itemId)?.duration_ms ?? null;
  }

  /** Four times a second: measure, report, tell that we are ready. */
  #look(): void {
    const measured = this.#engine.measure();
    const playback = this.#seen;
    if (measured !== null && playback !== null && measured.itemId === playback.item_id) {
      const driftMs = measured.positionMs - positionAt(playback, measured.atMs);
      this.#drift.add(measured.atMs, driftMs);
      for (const listener of [...this.#driftListeners]) listener(driftMs);
      this.#report(measured.positionMs, measured.atMs, playback);
    }
    if (playback?.status === "waiting") this.#tellReady(playback);
    this.#publish();
  }

  #report(positionMs: number, atMs: number, { item_id }: Playback): void {
    const { clock, connection, room } = this.#options;
    if (atMs - this.#reportedAtMs < this.#reportEveryMs || item_id === null) return;
    if (connection.status.getSnapshot().phase !== "online") return;
    this.#reportedAtMs = atMs;
    const { bufferedMs, rung } = this.#engine.view.getSnapshot();
    const { rttMs } = clock.reading.getSnapshot() ?? {};
    const report = {
      room_id: room.roomId,
      item_id,
      position_ms: Math.max(0, positionMs),
      at_ms: atMs,
      buffered_ms: bufferedMs,
      rung,
      ...(rttMs === undefined ? {} : { rtt_ms: rttMs }),
    };
    connection.request("playback:report", report, { retry: false }).then(
      ({ report_in_ms }) => this.#pace(report_in_ms ?? null),
      () => undefined,
    );
  }

  /** Reports when the hub has told us to: rarely, where thousands listen. */
  #pace(everyMs: number | null): void {
    this.#reportEveryMs = everyMs ?? REPORT_EVERY_MS;
    this.#options.clock.pace(everyMs === null ? null : HALL_CLOCK_MS);
  }

  #tellReady({ item_id, rev }: Playback): void {
    const { itemId, bufferedMs } = this.#engine.view.getSnapshot();
    if (this.#readyRev === rev || item_id === null || itemId !== item_id) return;
    if (bufferedMs < READY_MS) return;
    this.#readyRev = rev;
    const ready = { room_id: this.#options.room.roomId, item_id, rev, buffered_ms: bufferedMs };
    this.#options.connection
      .request("playback:ready", ready, { retry: false })
      .catch(() => (this.#readyRev = null));
  }

  #publish(): void {
    const view = this.#compose();
    const old = this.#view.getSnapshot();
    const names = Object.keys(view) as (keyof PlayerView)[];
    if (names.some((name) => view[name] !== old[name])) this.#view.set(view);
  }

  #compose(): PlayerView {
    const { p50Ms, p95Ms } = this.#drift.figures();
    return {
      ...this.#engine.view.getSnapshot(),
      engine: this.#engine.kind,
      driftP50Ms: p50Ms,
      driftP95Ms: p95Ms,
      volume: this.#volume,
      muted: this.#muted,
    };
  }
}

/** A snapshot after a resume repeats what is known: following it again would only disturb. */
function isSame(a: Playback, b: Playback | null): boolean {
  return (
    b !== null &&
    a.rev === b.rev &&
    a.at_ms === b.at_ms &&
    a.status === b.status &&
    a.item_id === b.item_id
  );
}

/**
 * The promised shape of the package, so that the web client can be typed against it.
 * Each declaration goes when its file (named above it) lands; the names stay.
 */
import type {
  CommandName, DataOf, DurableEvent, EphemeralEvent, ErrorBody, FieldError, Hello, Id, Invite, Item,
  Member, MemberSync, Message, Moment, PayloadOf, Place, Playback, PresenceByUser, Queue, Room,
  StreamName,
} from "./types.js";

// ---- store.ts: a plain observable, fits React's useSyncExternalStore
export interface Observable<T> {
  getSnapshot(): T;
  /** Calls `listener` after each change; returns the way out. */
  subscribe(listener: () => void): () => void;
}

// ---- errors.ts
export declare class HubError extends Error {
  constructor(body: ErrorBody);
  /** TIMEOUT and DISCONNECTED are this side's own codes; all others come from the hub. */
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly fields: FieldError[];
  readonly requestId: string | null;
}

// ---- ids.ts
export declare function uuidv7(): Id;
/** The same UUID for this browser for ever (localStorage `veza.device_id`). */
export declare function deviceId(storage?: Storage): Id;

// ---- connection.ts
export type ConnectionPhase = "idle" | "connecting" | "online" | "reconnecting" | "offline" | "refused";
export interface ConnectionStatus {
  phase: ConnectionPhase;
  /** Why it is not online: `draining`, `slow_consumer`, `network`, TOKEN_REVOKED, BANNED … */
  reason: string | null;
  /** Unix ms (local) of the next attempt while reconnecting. */
  retryAtMs: number | null;
  transport: "websocket" | "polling" | null;
}
export interface ConnectionOptions {
  /** Default: the page's own origin. */
  url?: string;
  /** Gives a valid access token; `fresh` asks for a new one because the old one was refused. */
  token: (fresh: boolean) => Promise<string>;
  deviceId?: Id;
  client?: { name: string; version: string };
  /** Default "/socket.io/". */
  path?: string;
}
export interface RequestOptions {
  /** Per attempt; default 8 000. */
  timeoutMs?: number;
  /** Try again after a timeout or a disconnect until acked; default: true when the payload has an
   * op_id or client_id. */
  retry?: boolean;
  signal?: AbortSignal;
}
export declare class HubConnection {
  constructor(options: ConnectionOptions);
  readonly status: Observable<ConnectionStatus>;
  /** The last `hello`, null before the first. */
  readonly hello: Hello | null;
  connect(): Promise<Hello>;
  close(): void;
  /** Sends and waits for the ack; throws HubError. */
  request<E extends CommandName>(event: E, payload: PayloadOf<E>, options?: RequestOptions): Promise<DataOf<E>>;
  /** Any server event that belongs to no stream subscription, such as `announcement:created`. */
  on(event: string, listener: (payload: unknown) => void): () => void;
}

// ---- stream.ts
export interface StreamHandlers<S> {
  onSnapshot(snapshot: S, position: { epoch: string; seq: number }): void;
  onEvent(event: DurableEvent): void;
  onEphemeral?(event: EphemeralEvent): void;
  onPhase?(phase: "catching_up" | "live" | "failed", error?: HubError): void;
}
export declare class StreamSubscription<S = unknown> {
  constructor(connection: HubConnection, stream: StreamName, handlers: StreamHandlers<S>);
  /** Resolves when live for the first time. */
  open(): Promise<void>;
  close(): void;
}

// ---- clock.ts
export interface ClockReading {
  /** Server time minus local time, ms. */
  offsetMs: number;
  /** One sigma of the offset, ms. */
  spreadMs: number;
  rttMs: number;
  samples: number;
}
export declare class ServerClock {
  constructor(connection: HubConnection);
  readonly reading: Observable<ClockReading | null>;
  start(): void;
  stop(): void;
  /** After the first 16 exchanges. */
  ready(): Promise<void>;
  /** Server time, Unix ms with fractions. */
  now(): number;
}

// ---- timeline.ts
/** Where `playback` stands at server time `atMs`, within 0 … durationMs. */
export declare function positionAt(playback: Playback, atMs: number, durationMs?: number): number;

// ---- room.ts
export interface ChatEntry extends Message {
  /** pending: not acked yet. failed: refused, see `error`; send again or discard. */
  delivery: "sent" | "pending" | "failed";
  error: HubError | null;
}
export interface QueueEntry extends Item {
  /** True while an edit of this item waits for the server. */
  pending: boolean;
}
export interface RoomView {
  phase: "loading" | "live" | "catching_up" | "failed";
  error: HubError | null;
  room: Room | null;
  members: Record<Id, Member>;
  messages: ChatEntry[];
  hasOlder: boolean;
  playback: Playback | null;
  hostId: Id | null;
  queue: (Omit<Queue, "items"> & { items: QueueEntry[] }) | null;
  presence: PresenceByUser;
  /** Online users and listeners of a room too large for a list. */
  counts: { online: number; listeners: number } | null;
  /** Others who are typing now. */
  typing: Id[];
  unread: { lastReadSeq: number; unread: number; mentions: number };
  /** Measured drift of the listeners, by user id. */
  sync: Record<Id, MemberSync>;
  seq: number;
}
export interface SendOptions {
  replyToId?: Id;
  mentions?: Id[];
  refs?: { kind: "track" | "queue_item" | "live"; id: Id }[];
  moment?: Moment;
}
export declare class RoomState implements Observable<RoomView> {
  constructor(connection: HubConnection, roomId: Id);
  open(): Promise<void>;
  close(): void;
  getSnapshot(): RoomView;
  subscribe(listener: () => void): () => void;

  /** Shows at once, resolves when committed. */
  send(content: string, options?: SendOptions): Promise<Message>;
  retry(clientId: Id): Promise<Message>;
  discard(clientId: Id): void;
  loadOlder(): Promise<void>;
  markRead(seq?: number): Promise<void>;
  /** Call at each key press; throttled. Sends typing:stop after 3 s of silence or on send. */
  typing(): void;

  play(target?: { itemId?: Id; positionMs?: number }): Promise<Playback>;
  pause(): Promise<Playback>;
  seek(positionMs: number): Promise<Playback>;
  next(): Promise<Playback>;
  previous(): Promise<Playback>;

  addItems(trackIds: Id[], place?: Place): Promise<Item[]>;
  moveItem(itemId: Id, to: { beforeId: Id } | { afterId: Id }): Promise<void>;
  removeItem(itemId: Id): Promise<void>;

  invite(options?: { expiresInS?: number; maxUses?: number }): Promise<Invite>;
}

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
  /** Position now, ms; what a progress bar shows (call per animation frame). */
  positionMs(): number;
  onDrift(listener: (driftMs: number) => void): () => void;
}

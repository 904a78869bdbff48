import type { HubConnection } from "./connection.js";
import { asHubError, type HubError } from "../errors.js";
import type { PayloadOf } from "../wire/commands.js";
import type {
  DurableEvent,
  EphemeralEvent,
  StreamName,
  StreamPosition,
  SubscribeAnswer,
} from "../wire/wire.js";

const PAGE = 200;
/** Live events kept while the log is read; past it they are let go and read from the log too. */
const MAX_WAITING = 5_000;
const ACK_EVERY_MS = 2_000;
const RETRY_MS = 1_000;

export type StreamPhase = "catching_up" | "live" | "failed";

export interface StreamHandlers<S> {
  /** Replace the state: the first time, and when the hub cannot give what was missed. */
  onSnapshot(snapshot: S, position: StreamPosition): void;
  /** Each durable event once, in `seq` order without holes. */
  onEvent(event: DurableEvent): void;
  onEphemeral?(event: EphemeralEvent): void;
  onPhase?(phase: StreamPhase, error?: HubError): void;
}

/**
 * One ordered stream, complete: subscribes, pages through what was missed, holds live events back
 * meanwhile, drops what was seen, fills holes from the log and resumes by itself after a reconnect.
 */
export class StreamSubscription<S = unknown> {
  readonly #connection: HubConnection;
  readonly #stream: StreamName;
  readonly #handlers: StreamHandlers<S>;
  #position: StreamPosition | null = null;
  #waiting: DurableEvent[] = [];
  #syncing = false;
  /** Grows with each start of catching up; an older run that wakes up sees it and stops. */
  #run = 0;
  #ackedSeq = 0;
  #ackTimer: ReturnType<typeof setTimeout> | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
  #stopListening: (() => void)[] = [];
  #firstLive: { resolve: () => void; reject: (error: HubError) => void } | null = null;

  constructor(connection: HubConnection, stream: StreamName, handlers: StreamHandlers<S>) {
    this.#connection = connection;
    this.#stream = stream;
    this.#handlers = handlers;
  }

  /** Place in the log of the last event handed on; null before the first snapshot. */
  get position(): StreamPosition | null {
    return this.#position;
  }

  /** Starts; resolves when live for the first time, rejects when the hub refuses the stream. */
  open(): Promise<void> {
    if (this.#stopListening.length > 0) throw new Error("The subscription is open.");
    this.#stopListening = [
      this.#connection.onStream(this.#stream, (event, payload) => this.#receive(event, payload)),
      this.#connection.onOnline(() => void this.#catchUp()),
    ];
    const live = new Promise<void>((resolve, reject) => (this.#firstLive = { resolve, reject }));
    if (this.#connection.status.getSnapshot().phase === "online") void this.#catchUp();
    return live;
  }

  /** Starts over from a snapshot: what was built from events is not to be trusted. */
  reload(): void {
    this.#position = null;
    void this.#catchUp();
  }

  close(): void {
    if (this.#stopListening.length === 0) return;
    this.#stop();
    if (this.#connection.status.getSnapshot().phase !== "online") return;
    this.#send("stream:unsubscribe", { stream: this.#stream });
  }

  #stop(): void {
    this.#run++;
    for (const stop of this.#stopListening) stop();
    this.#stopListening = [];
    if (this.#ackTimer !== null) clearTimeout(this.#ackTimer);
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#ackTimer = this.#retryTimer = null;
  }

  #receive(event: string, payload: Record<string, unknown>): void {
    if (typeof payload.seq !== "number") {
      if (this.#position !== null) {
        this.#handlers.onEphemeral?.({ ...payload, event } as EphemeralEvent);
      }
      return;
    }
    const durable = { ...payload, event } as DurableEvent;
    if (this.#syncing || !this.#accept(durable)) this.#hold(durable);
  }

  #hold(event: DurableEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) this.#waiting = [];
    if (!this.#syncing) void this.#catchUp();
  }

  /** Hands the event on if it is the next one, drops a known one; false when something is missing. */
  #accept(event: DurableEvent): boolean {
    const at = this.#position;
    if (at === null || event.epoch !== at.epoch) return false;
    if (event.seq <= at.seq) return true;
    if (event.seq > at.seq + 1) return false;
    this.#position = { epoch: at.epoch, seq: event.seq };
    this.#handlers.onEvent(event);
    this.#scheduleAck();
    return true;
  }

  async #catchUp(): Promise<void> {
    const mine = ++this.#run;
    const from = this.#position;
    this.#syncing = true;
    this.#handlers.onPhase?.("catching_up");
    try {
      for (let more = true; more;) {
        const answer = await this.#subscribe();
        if (mine !== this.#run) return;
        more = this.#take(answer) && answer.more;
      }
    } catch (thrown) {
      if (mine === this.#run) this.#onFailed(asHubError(thrown));
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [index, event] of waiting.entries()) {
      if (this.#accept(event)) continue;
      this.#waiting = waiting.slice(index);
      // The log did not hold what the event needs: ask again, but never in a tight loop.
      if (isSame(from, this.#position)) this.#catchUpLater(RETRY_MS);
      else void this.#catchUp();
      return;
    }
    this.#syncing = false;
    this.#handlers.onPhase?.("live");
    this.#firstLive?.resolve();
    this.#firstLive = null;
  }

  #subscribe(): Promise<SubscribeAnswer<S>> {
    const since = this.#position === null ? {} : { since: this.#position };
    const payload = { stream: this.#stream, limit: PAGE, ...since };
    return this.#connection.request("stream:subscribe", payload, { retry: false }) as Promise<
      SubscribeAnswer<S>
    >;
  }

  /** Applies one page of the log; false when it brought nothing, so that paging ends. */
  #take(answer: SubscribeAnswer<S>): boolean {
    const before = this.#position;
    if (!answer.recovered) {
      this.#position = { epoch: answer.epoch, seq: answer.seq };
      this.#waiting = this.#waiting.filter((event) => event.epoch === answer.epoch);
      if (answer.snapshot) this.#handlers.onSnapshot(answer.snapshot, this.#position);
    }
    for (const event of answer.events) this.#accept(event);
    return !isSame(before, this.#position);
  }

  #onFailed(error: HubError): void {
    if (error.code === "DISCONNECTED") return; // The next `hello` starts again.
    if (error.retryable || error.status === 429) {
      return this.#catchUpLater(error.retryAfterMs ?? RETRY_MS);
    }
    this.#stop();
    this.#handlers.onPhase?.("failed", error);
    this.#firstLive?.reject(error);
    this.#firstLive = null;
  }

  #catchUpLater(waitMs: number): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#catchUp(), waitMs);
  }

  #scheduleAck(): void {
    this.#ackTimer ??= setTimeout(() => {
      this.#ackTimer = null;
      const seq = this.#position?.seq ?? 0;
      if (seq <= this.#ackedSeq) return;
      this.#ackedSeq = seq;
      this.#send("stream:ack", { stream: this.#stream, seq });
    }, ACK_EVERY_MS);
  }

  /** A note to the hub whose loss harms nobody: the next one, or the next subscription, replaces it. */
  #send<E extends "stream:ack" | "stream:unsubscribe">(event: E, payload: PayloadOf<E>): void {
    this.#connection.request(event, payload, { retry: false }).catch(() => undefined);
  }
}

function isSame(a: StreamPosition | null, b: StreamPosition | null): boolean {
  return a?.seq === b?.seq && a?.epoch === b?.epoch;
}

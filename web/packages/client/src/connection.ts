import { io, type Socket } from "socket.io-client";

import { backoffMs, DEFAULT_BACKOFF, type BackoffRule } from "./backoff.js";
import { closingFor, drainingDelayMs, isFinalCode, type Closing } from "./closing.js";
import { delay, orAborted } from "./delay.js";
import { aborted, asHubError, disconnected, HubError, isErrorBody, timedOut } from "./errors.js";
import { deviceId } from "./ids.js";
import { isRepeatable, withOpId } from "./mutations.js";
import { Store, type Observable } from "./store.js";
import type { Ack, ClientName, CommandName, DataOf, Hello, Id, PayloadOf } from "./types.js";

const PROTOCOL = 1;
const CONNECT_TIMEOUT_MS = 10_000;
const HELLO_TIMEOUT_MS = 20_000;
const WORD_HOLDS_MS = 3_000;
const REQUEST_TIMEOUT_MS = 8_000;
const PROBE_TIMEOUT_MS = 3_000;

export type ConnectionPhase =
  | "idle"
  | "connecting"
  | "online"
  | "reconnecting"
  | "offline"
  | "refused";

export interface ConnectionStatus {
  phase: ConnectionPhase;
  /** Why it is not online: `network`, `draining`, `slow_consumer`, `token_revoked`, a code … */
  reason: string | null;
  /** Local Unix ms of the next attempt, while one is due. */
  retryAtMs: number | null;
  transport: "websocket" | "polling" | null;
}

export interface ConnectionOptions {
  /** Where the hub is; default: the page's own origin. */
  url?: string;
  /** Gives a valid access token; `fresh` asks for a new one because the old one was refused. */
  token: (fresh: boolean) => Promise<string>;
  deviceId?: Id;
  client?: ClientName;
  path?: string;
  /** Default: WebSocket, then long-polling where that is not let through. */
  transports?: ("websocket" | "polling")[];
  random?: () => number;
}

export interface RequestOptions {
  /** Of one attempt; default 8 s. */
  timeoutMs?: number;
  /** Repeat after a timeout, a lost connection or a 503 until acked. Default: yes if repeatable. */
  retry?: boolean;
  /** Ends the repeating with the last error; default: never. */
  giveUpAfterMs?: number;
  signal?: AbortSignal;
}

type Acked = Extract<Ack, { ok: true }>;
type Listener = (payload: unknown) => void;
type StreamListener = (event: string, payload: Record<string, unknown>) => void;

/**
 * One live connection to the hub over the stock Socket.IO client.
 *
 * It owns coming back (back-off with jitter, a fresh token after TOKEN_EXPIRED, the delay a draining
 * node asks for, never after `token_revoked`, `banned` or `protocol_error`) and the acks: `request`
 * resolves with the ack's data or throws a HubError. Subscriptions are `StreamSubscription`'s.
 */
export class HubConnection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #status = new Store<ConnectionStatus>({
    phase: "idle",
    reason: null,
    retryAtMs: null,
    transport: null,
  });
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #streams = new Map<string, Set<StreamListener>>();
  readonly #onlineListeners = new Set<(hello: Hello) => void>();
  #hello: Hello | null = null;
  #backoff: BackoffRule = DEFAULT_BACKOFF;
  #attempt = 0;
  /** Each try to open has a number, so that what an older try answers late is not heard. */
  #tryNumber = 0;
  #freshTokenTried = false;
  /** What the hub said about the end that is coming, and when (performance.now). */
  #word: { text: string; afterMs: number | null; saidAtMs: number } | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #watchdog: ReturnType<typeof setTimeout> | null = null;
  #refusal: HubError | null = null;
  #stopWatchingPage: (() => void) | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = io(options.url ?? globalThis.location?.origin ?? "", {
      path: options.path ?? "/socket.io/",
      transports: options.transports ?? ["websocket", "polling"],
      tryAllTransports: true,
      autoConnect: false,
      reconnection: false, // Coming back is decided here: it depends on codes, tokens and draining.
      forceNew: true,
      timeout: CONNECT_TIMEOUT_MS,
    });
    this.#socket.on("connect_error", (error) => this.#onConnectError(error));
    this.#socket.on("disconnect", (reason, details) => this.#onDisconnect(reason, details));
    this.#socket.onAny((event: string, payload: unknown) => this.#onEvent(event, payload));
  }

  get status(): Observable<ConnectionStatus> {
    return this.#status;
  }

  /** The last `hello` of the hub; null before the first. */
  get hello(): Hello | null {
    return this.#hello;
  }

  /** Opens and keeps open. Resolves with the first `hello`; rejects when refused or closed. */
  connect(): Promise<Hello> {
    if (!this.#stopWatchingPage) {
      this.#stopWatchingPage = watchPage(() => this.#onPageBack());
      this.#refusal = null;
      this.#attempt = 0;
      void this.#open(false);
    }
    return this.#untilOnline(null).then(() => this.#hello ?? Promise.reject(disconnected()));
  }

  /** Ends the connection for good; what waits is rejected with ABORTED. `connect` may follow. */
  close(): void {
    this.#end(aborted());
    this.#set({ phase: "idle", reason: null, retryAtMs: null, transport: null });
  }

  /** Sends a command and gives the data of its ack. Throws HubError. */
  async request<E extends CommandName>(
    event: E,
    payload: PayloadOf<E>,
    options: RequestOptions = {},
  ): Promise<DataOf<E>> {
    return (await this.command(event, payload, options)).data;
  }

  /** As `request`, with the place in the log that the command was given (null: none). */
  async command<E extends CommandName>(
    event: E,
    payload: PayloadOf<E>,
    options: RequestOptions = {},
  ): Promise<{ data: DataOf<E>; seq: number | null }> {
    const { timeoutMs = REQUEST_TIMEOUT_MS, signal } = options;
    const body = withOpId(event, payload);
    const retry = options.retry ?? isRepeatable(body);
    const giveUpAtMs = performance.now() + (options.giveUpAfterMs ?? Infinity);
    for (let attempt = 0; ; attempt++) {
      try {
        await orAborted(this.#untilOnline(retry ? giveUpAtMs : timeoutMs + performance.now()), signal);
        const ack = await orAborted(this.#exchange(event, body, timeoutMs), signal);
        return { data: ack.data as DataOf<E>, seq: ack.seq ?? null };
      } catch (thrown) {
        const error = asHubError(thrown);
        const waitMs = error.retryAfterMs ?? this.#pauseMs(error, attempt);
        if (!retry || !error.retryable || performance.now() + waitMs > giveUpAtMs) throw error;
        await delay(waitMs, signal);
      }
    }
  }

  /** Hears a server event outside streams, such as `server:draining`; the answer ends it. */
  on(event: string, listener: Listener): () => void {
    return addTo(this.#listeners, event, listener);
  }

  /** Hears every event, durable or not, of one stream. Subscribing is not done here. */
  onStream(stream: string, listener: StreamListener): () => void {
    return addTo(this.#streams, stream, listener);
  }

  /** Called at each `hello`, the first and those after coming back. */
  onOnline(listener: (hello: Hello) => void): () => void {
    this.#onlineListeners.add(listener);
    return () => this.#onlineListeners.delete(listener);
  }

  /** Cuts the transport as a broken network would and comes back at once; for a dead-looking link. */
  restart(): void {
    if (this.#socket.connected) this.#socket.io.engine.close();
  }

  async #open(fresh: boolean): Promise<void> {
    this.#clearTimers();
    const mine = ++this.#tryNumber;
    this.#freshTokenTried = fresh;
    const phase = this.#hello === null ? "connecting" : "reconnecting";
    this.#set({ phase, retryAtMs: null, transport: null });
    let token: string;
    try {
      token = await this.#options.token(fresh);
    } catch (thrown) {
      if (mine === this.#tryNumber) this.#onFailed(asHubError(thrown));
      return;
    }
    if (mine !== this.#tryNumber) return;
    this.#socket.auth = {
      token,
      device_id: (this.#options.deviceId ??= deviceId()),
      client: this.#options.client ?? { name: "web", version: "1.0" },
      protocol: PROTOCOL,
    };
    this.#socket.connect();
    // Covers what no other timer does: a CONNECT never answered, a hello never sent.
    this.#watchdog = setTimeout(() => {
      this.#socket.disconnect();
      this.#onFailed(timedOut("CONNECT"));
    }, HELLO_TIMEOUT_MS);
  }

  #onConnectError(error: Error & { data?: unknown }): void {
    const body = isErrorBody(error.data) ? new HubError(error.data) : disconnected();
    if (body.code === "TOKEN_EXPIRED" && !this.#freshTokenTried) void this.#open(true);
    else this.#onFailed(body);
  }

  #onFailed(error: HubError): void {
    if (isFinalCode(error.code)) this.#refuse(error);
    else this.#comeBack({ reason: error.code, comeBack: true, afterMs: error.retryAfterMs });
  }

  #onDisconnect(reason: string, details: unknown): void {
    if (this.#stopWatchingPage === null || reason === "io client disconnect") return;
    const closing = this.#closing(reason, details);
    this.#word = null;
    if (closing.comeBack) this.#comeBack(closing);
    else this.#refuse(refusalFor(closing.reason));
  }

  #closing(reason: string, details: unknown): Closing {
    const word = this.#word;
    if (word === null) return closingFor(closeFrameWord(details));
    if (word.text === "draining") return closingFor(word.text, word.afterMs);
    // `auth:revoked` may mean another session of the same user: it counts only when the hub ends
    // this connection right after it.
    const meant = performance.now() - word.saidAtMs < WORD_HOLDS_MS;
    return closingFor(meant && reason === "io server disconnect" ? word.text : null);
  }

  #onEvent(event: string, payload: unknown): void {
    const body = (payload ?? {}) as Record<string, unknown>;
    if (event === "hello") this.#onHello(payload as Hello);
    else if (event === "auth:expiring") void this.#renewToken();
    else if (event === "auth:revoked") this.#hear(revocationOf(body), null);
    else if (event === "server:draining") {
      this.#hear("draining", drainingDelayMs(payload, this.#random()));
    }
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(payload);
    if (typeof body.stream !== "string") return;
    for (const listener of [...(this.#streams.get(body.stream) ?? [])]) listener(event, body);
  }

  #onHello(hello: Hello): void {
    this.#clearTimers();
    this.#hello = hello;
    this.#attempt = 0;
    this.#word = null;
    this.#backoff = { ...DEFAULT_BACKOFF, ...hello.reconnect };
    const transport = this.#socket.io.engine.transport.name as "websocket" | "polling";
    this.#set({ phase: "online", reason: null, retryAtMs: null, transport });
    this.#socket.io.engine.once("upgrade", () => this.#set({ transport: "websocket" }));
    for (const listener of [...this.#onlineListeners]) listener(hello);
  }

  #hear(text: string, afterMs: number | null): void {
    this.#word = { text, afterMs, saidAtMs: performance.now() };
  }

  async #renewToken(): Promise<void> {
    try {
      const token = await this.#options.token(true);
      await this.request("auth:refresh", { token });
    } catch {
      // The hub will end the connection in time; coming back asks for a token again.
    }
  }

  #comeBack(closing: Closing): void {
    if (this.#stopWatchingPage === null) return;
    this.#clearTimers();
    const waitMs = closing.afterMs ?? backoffMs(this.#backoff, this.#attempt++, this.#random());
    const offline = globalThis.navigator?.onLine === false;
    this.#set({
      phase: offline ? "offline" : this.#hello === null ? "connecting" : "reconnecting",
      reason: closing.reason,
      retryAtMs: Date.now() + waitMs,
      transport: null,
    });
    this.#timer = setTimeout(() => void this.#open(false), waitMs);
  }

  #refuse(error: HubError): void {
    this.#end(error);
    this.#set({ phase: "refused", reason: error.code, retryAtMs: null, transport: null });
  }

  #end(error: HubError): void {
    this.#tryNumber++;
    this.#clearTimers();
    this.#stopWatchingPage?.();
    this.#stopWatchingPage = null;
    this.#refusal = error;
    this.#word = null;
    this.#socket.disconnect();
  }

  /** The network or the page is back: try now rather than at the end of the back-off. */
  #onPageBack(): void {
    if (this.#timer !== null) void this.#open(false);
    else if (this.#status.getSnapshot().phase === "online") void this.#probe();
  }

  /** After sleep a dead link can look alive until the next heartbeat: ask. */
  async #probe(): Promise<void> {
    try {
      await this.#exchange("clock:ping", { t0: Date.now() }, PROBE_TIMEOUT_MS);
    } catch (thrown) {
      if (asHubError(thrown).code === "TIMEOUT") this.restart();
    }
  }

  async #exchange(event: string, body: object, timeoutMs: number): Promise<Acked> {
    // Never through the library's own buffer: what it would send later is repeated here.
    if (!this.#socket.connected) throw disconnected();
    let ack: Ack;
    try {
      ack = (await this.#socket.timeout(timeoutMs).emitWithAck(event, body)) as Ack;
    } catch {
      throw this.#socket.connected ? timedOut(event) : disconnected();
    }
    if (ack?.ok) return ack;
    throw isErrorBody(ack?.error) ? new HubError(ack.error) : timedOut(event);
  }

  /** Resolves when online; rejects when refused, closed, or at `deadlineMs` (performance.now). */
  #untilOnline(deadlineMs: number | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void): void => {
        unsubscribe();
        if (timer !== null) clearTimeout(timer);
        done();
      };
      const look = (): void => {
        const { phase } = this.#status.getSnapshot();
        if (phase === "online") settle(resolve);
        else if (phase === "refused" || (phase === "idle" && this.#refusal !== null)) {
          settle(() => reject(this.#refusal ?? disconnected()));
        }
      };
      const unsubscribe = this.#status.subscribe(look);
      const timer =
        deadlineMs === null || deadlineMs === Infinity
          ? null
          : setTimeout(() => settle(() => reject(disconnected())), deadlineMs - performance.now());
      look();
    });
  }

  #pauseMs(error: HubError, attempt: number): number {
    // Waiting for the connection is pause enough; a timeout or a 503 needs one.
    if (error.code === "DISCONNECTED") return 0;
    return backoffMs(DEFAULT_BACKOFF, Math.min(attempt, 4), this.#random());
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }

  #clearTimers(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#timer = this.#watchdog = null;
  }

  #set(change: Partial<ConnectionStatus>): void {
    this.#status.set({ ...this.#status.getSnapshot(), ...change });
  }
}

function addTo<L>(map: Map<string, Set<L>>, key: string, listener: L): () => void {
  const set = map.get(key) ?? new Set<L>();
  map.set(key, set.add(listener));
  return () => {
    set.delete(listener);
    if (set.size === 0 && map.get(key) === set) map.delete(key);
  };
}

/** What `auth:revoked` says: `token_revoked`, `banned` or `protocol_error`. */
function revocationOf({ reason }: Record<string, unknown>): string {
  return typeof reason === "string" && !closingFor(reason).comeBack ? reason : "token_revoked";
}

/** The reason in a WebSocket close frame, as engine.io-client hands it on. */
function closeFrameWord(details: unknown): string | null {
  const context = (details as { context?: { reason?: unknown } } | undefined)?.context;
  return typeof context?.reason === "string" && context.reason !== "" ? context.reason : null;
}

function refusalFor(reason: string): HubError {
  const message = "The hub has ended this connection.";
  return new HubError({ code: reason.toUpperCase(), message, status: 401, retryable: false });
}

/** Calls back when the network returns or the page is shown again. Does nothing outside a page. */
function watchPage(onBack: () => void): () => void {
  const page = globalThis.document;
  const shown = (): void => {
    if (page.visibilityState === "visible") onBack();
  };
  globalThis.window?.addEventListener("online", onBack);
  page?.addEventListener("visibilitychange", shown);
  return () => {
    globalThis.window?.removeEventListener("online", onBack);
    page?.removeEventListener("visibilitychange", shown);
  };
}

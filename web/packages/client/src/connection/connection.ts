import { io, type Socket } from "socket.io-client";

import { backoffMs, DEFAULT_BACKOFF, type BackoffRule } from "./backoff.js";
import { isFinalCode, LastWord, type Closing } from "./closing.js";
import { orAborted } from "../delay.js";
import { aborted, asHubError, disconnected, HubError, isErrorBody, timedOut } from "../errors.js";
import { exchange, untilAcked, type Acked } from "./exchange.js";
import { deviceId } from "../ids.js";
import type { ConnectionOptions, RequestOptions } from "./options.js";
import { isRepeatable, withOpId } from "./mutations.js";
import { watchPage } from "./page_watch.js";
import { NOT_CONNECTED, untilOnline, type ConnectionStatus } from "./status.js";
import { Store, type Observable } from "../store.js";
import { Topics } from "./topics.js";
import type { CommandName, DataOf, PayloadOf } from "../wire/commands.js";
import type { Hello } from "../wire/wire.js";

const PROTOCOL = 1;
const CONNECT_TIMEOUT_MS = 10_000;
const HELLO_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 8_000;
const PROBE_TIMEOUT_MS = 3_000;

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
  readonly #status = new Store<ConnectionStatus>(NOT_CONNECTED);
  readonly #events = new Topics<[payload: unknown]>();
  readonly #streams = new Topics<[event: string, payload: Record<string, unknown>]>();
  readonly #onlineListeners = new Set<(hello: Hello) => void>();
  #hello: Hello | null = null;
  #backoff: BackoffRule = DEFAULT_BACKOFF;
  #attempt = 0;
  /** Each try to open has a number, so that what an older try answers late is not heard. */
  #tryNumber = 0;
  #freshTokenTried = false;
  readonly #lastWord = new LastWord();
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
    return this.#untilOnline(Infinity).then(() => this.#hello ?? Promise.reject(disconnected()));
  }

  /** Ends the connection for good; what waits is rejected with ABORTED. `connect` may follow. */
  close(): void {
    this.#end(aborted());
    this.#status.set(NOT_CONNECTED);
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
    const { timeoutMs = REQUEST_TIMEOUT_MS, patient = false, signal } = options;
    const body = withOpId(event, payload);
    const retry = options.retry ?? isRepeatable(body);
    const giveUpAtMs = performance.now() + (options.giveUpAfterMs ?? Infinity);
    const attempt = async (): Promise<Acked> => {
      await this.#untilOnline(retry ? giveUpAtMs - performance.now() : timeoutMs);
      return exchange(this.#socket, event, body, timeoutMs);
    };
    const how = { retry, patient, giveUpAtMs, signal, random: () => this.#random() };
    const { data, seq } = await untilAcked(() => orAborted(attempt(), signal), how);
    return { data: data as DataOf<E>, seq: seq ?? null };
  }

  /** Hears a server event outside streams, such as `server:draining`; the answer ends it. */
  on(event: string, listener: (payload: unknown) => void): () => void {
    return this.#events.add(event, listener);
  }

  /** Hears every event, durable or not, of one stream. Subscribing is not done here. */
  onStream(
    stream: string,
    listener: (event: string, payload: Record<string, unknown>) => void,
  ): () => void {
    return this.#streams.add(stream, listener);
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
    const closing = this.#lastWord.closing(reason, details, performance.now());
    this.#lastWord.forget();
    if (closing.comeBack) this.#comeBack(closing);
    else this.#refuse(refusalFor(closing.reason));
  }

  #onEvent(event: string, payload: unknown): void {
    const body = (payload ?? {}) as Record<string, unknown>;
    if (event === "hello") this.#onHello(payload as Hello);
    else if (event === "auth:expiring") void this.#renewToken();
    else this.#lastWord.hear(event, body, performance.now(), this.#random());
    this.#events.call(event, payload);
    if (typeof body.stream === "string") this.#streams.call(body.stream, event, body);
  }

  #onHello(hello: Hello): void {
    this.#clearTimers();
    this.#hello = hello;
    this.#attempt = 0;
    this.#lastWord.forget();
    this.#backoff = { ...DEFAULT_BACKOFF, ...hello.reconnect };
    const transport = this.#socket.io.engine.transport.name as "websocket" | "polling";
    this.#set({ phase: "online", reason: null, retryAtMs: null, transport });
    this.#socket.io.engine.once("upgrade", () => this.#set({ transport: "websocket" }));
    for (const listener of [...this.#onlineListeners]) listener(hello);
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
    this.#lastWord.forget();
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
      await exchange(this.#socket, "clock:ping", { t0: Date.now() }, PROBE_TIMEOUT_MS);
    } catch (thrown) {
      if (asHubError(thrown).code === "TIMEOUT") this.restart();
    }
  }

  #untilOnline(withinMs: number): Promise<void> {
    return untilOnline(this.#status, () => this.#refusal, withinMs);
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

function refusalFor(reason: string): HubError {
  const message = "The hub has ended this connection.";
  return new HubError({ code: reason.toUpperCase(), message, status: 401, retryable: false });
}

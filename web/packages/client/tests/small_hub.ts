import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

import { Server, type Socket } from "socket.io";

import type { ErrorBody, StreamPosition } from "../src/wire/wire.js";

interface LoggedEvent {
  event: string;
  stream: string;
  epoch: string;
  seq: number;
  at: string;
  by: { user_id: string };
  op_id: string | null;
  data: unknown;
}

type Handler = (payload: Record<string, unknown>, socket: Socket) => unknown;

/** Thrown by a handler to leave the call unanswered. */
export const NO_ANSWER = Symbol("no answer");

export function refusal(code: string, status: number, more: Partial<ErrorBody> = {}): ErrorBody {
  return { code, message: `refused: ${code}`, status, ...more };
}

/**
 * A real Socket.IO server that speaks as much of the protocol as these tests need: CONNECT with a
 * token, `hello`, streams with a log in memory, and whatever a test adds by `answer`.
 */
export class SmallHub {
  readonly #http: HttpServer;
  readonly #io: Server;
  readonly #handlers = new Map<string, Handler>();
  /** Every CONNECT's auth object, in order. */
  readonly connects: Record<string, unknown>[] = [];
  /** Every call, in order. */
  readonly calls: { event: string; payload: Record<string, unknown> }[] = [];
  /** Decides on a CONNECT: null lets in. */
  admit: (auth: Record<string, unknown>) => ErrorBody | null = () => null;
  epoch = "e1";
  log: LoggedEvent[] = [];
  /** Events per page of catch-up. */
  page = 100;
  snapshot: unknown = { state: "snapshot" };
  sendsHello = true;

  private constructor(http: HttpServer) {
    this.#http = http;
    this.#io = new Server(http, { pingInterval: 5_000 });
    this.#io.use((socket, next) => {
      this.connects.push(socket.handshake.auth);
      const refused = this.admit(socket.handshake.auth);
      next(refused ? Object.assign(new Error(refused.message), { data: refused }) : undefined);
    });
    this.#io.on("connection", (socket) => this.#welcome(socket));
    this.answer("stream:subscribe", (payload, socket) => this.#subscribe(payload, socket));
    this.answer("stream:unsubscribe", () => ({}));
    this.answer("stream:ack", () => ({}));
    this.answer("clock:ping", ({ t0 }) => ({ t0, t1: Date.now(), t2: Date.now() }));
  }

  static async start(): Promise<SmallHub> {
    const http = createServer();
    const hub = new SmallHub(http);
    await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get sockets(): Socket[] {
    return [...this.#io.sockets.sockets.values()];
  }

  answer(event: string, handler: Handler): void {
    this.#handlers.set(event, handler);
  }

  callsOf(event: string): Record<string, unknown>[] {
    return this.calls.filter((call) => call.event === event).map(({ payload }) => payload);
  }

  /** Writes to the log; sent to subscribers unless `quiet` (as if the network had lost it). */
  append(
    stream: string,
    event: string,
    data: unknown,
    { quiet = false, opId = null as string | null } = {},
  ): LoggedEvent {
    const seq = this.log.length + 1;
    const at = new Date().toISOString();
    const logged = {
      event,
      stream,
      epoch: this.epoch,
      seq,
      at,
      by: { user_id: "u" },
      op_id: opId,
      data,
    };
    this.log.push(logged);
    if (!quiet) this.send(logged);
    return logged;
  }

  send({ event, ...payload }: LoggedEvent): void {
    this.#io.to(payload.stream).emit(event, payload);
  }

  emit(event: string, payload: unknown): void {
    this.#io.emit(event, payload);
  }

  /** Ends every connection as the hub does, with DISCONNECT. */
  disconnectAll(): void {
    for (const socket of this.sockets) socket.disconnect(true);
  }

  /** Cuts every connection as a broken network would. */
  cut(): void {
    for (const socket of this.sockets) socket.conn.close();
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  #welcome(socket: Socket): void {
    socket.onAny(
      (event: string, payload: Record<string, unknown>, ack?: (a: unknown) => void) =>
        void this.#call(socket, event, payload, ack),
    );
    if (!this.sendsHello) return;
    socket.emit("hello", {
      connection_id: socket.id,
      user: { id: "me", username: "me" },
      device_id: "d",
      server_time_ms: Date.now(),
      protocol: 1,
      features: [],
      limits: {},
      reconnect: { min_ms: 20, max_ms: 200, jitter: 0 },
    });
  }

  async #call(
    socket: Socket,
    event: string,
    payload: Record<string, unknown>,
    ack?: (a: unknown) => void,
  ): Promise<void> {
    this.calls.push({ event, payload });
    try {
      const data = await this.#handlers.get(event)?.(payload, socket);
      if (data !== undefined) ack?.({ ok: true, data, seq: this.log.length });
      else ack?.({ ok: false, error: refusal("VALIDATION_ERROR", 400) });
    } catch (thrown) {
      if (thrown !== NO_ANSWER) ack?.({ ok: false, error: thrown });
    }
  }

  #subscribe({ stream, since }: Record<string, unknown>, socket: Socket): unknown {
    void socket.join(stream as string);
    const from = since as StreamPosition | undefined;
    const head = this.log.length;
    if (from === undefined || from.epoch !== this.epoch) {
      return {
        epoch: this.epoch,
        seq: head,
        recovered: false,
        events: [],
        snapshot: this.snapshot,
        more: false,
      };
    }
    const missed = this.log.filter(({ seq }) => seq > from.seq);
    const events = missed.slice(0, this.page);
    const more = events.length < missed.length;
    return { epoch: this.epoch, seq: events.at(-1)?.seq ?? head, recovered: true, events, more };
  }
}

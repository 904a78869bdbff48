/**
 * The wire shapes of hub protocol 1 (docs/protocol.md) are in this folder; here what carries all
 * others: greeting, acks, errors, events and streams.
 *
 * Names are those of the wire (snake_case). `*_at` are ISO 8601 strings, `*_ms` are integers in
 * milliseconds (Unix time for clocks, media time for positions). Ids are UUID strings.
 */

export type Id = string;

export interface ClientName {
  name: string;
  version: string;
}

export interface Hello {
  connection_id: string;
  user: { id: Id; username: string; display_name?: string; is_guest?: boolean };
  device_id: Id;
  server_time_ms: number;
  protocol: number;
  features: string[];
  /** Sizes by name; and by command how many may be sent in so many seconds. */
  limits: Record<string, number | [count: number, perS: number]>;
  reconnect: { min_ms: number; max_ms: number; jitter: number };
}

export interface FieldError {
  field: string;
  code: string;
  message?: string;
}

/** The `error` of an ack, and of `connect_error.data`. */
export interface ErrorBody {
  code: string;
  message: string;
  status: number;
  retryable?: boolean;
  retry_after_ms?: number;
  fields?: FieldError[];
  request_id?: string;
}

export type Ack<T = unknown> =
  { ok: true; data: T; seq?: number } | { ok: false; error: ErrorBody };

/** A durable event: ordered and gapless in `seq` within its stream. */
export interface DurableEvent<T = unknown> {
  event: string;
  stream: string;
  epoch: string;
  seq: number;
  at: string;
  by: { user_id: Id; device_id?: Id | null } | null;
  op_id: Id | null;
  data: T;
}

/** An event delivered at most once, without a place in the log. */
export interface EphemeralEvent<T = unknown> {
  event: string;
  stream: string;
  data: T;
}

export type StreamName = `room:${string}` | `user:${string}`;

export interface StreamPosition {
  epoch: string;
  seq: number;
}

export interface SubscribeAnswer<S = unknown> {
  epoch: string;
  seq: number;
  recovered: boolean;
  events: DurableEvent[];
  snapshot?: S | null;
  more: boolean;
}

/** What a connection is opened with, and what a request may ask of it. */

import type { ClientName, Id } from "../wire/wire.js";

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
  /** With `retry`: also wait out a RATE_LIMITED of some seconds. Default: it is thrown. */
  patient?: boolean;
  /** Ends the repeating with the last error; default: never. */
  giveUpAfterMs?: number;
  signal?: AbortSignal;
}

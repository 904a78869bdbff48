import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** The envelope, or raw text. */
  body: object | string;
}

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "*, Authorization",
  "Access-Control-Allow-Methods": "*",
  "Access-Control-Expose-Headers": "Retry-After",
};

export function success(data: unknown, meta?: unknown): Reply {
  return {
    body: {
      success: true,
      message: "ok",
      data,
      ...(meta === undefined ? {} : { meta }),
      errors: [],
    },
  };
}

export function failure(status: number, error_code: string, more: object = {}): Reply {
  return {
    status,
    body: { success: false, message: `failed: ${error_code}`, error_code, errors: [], ...more },
  };
}

/** A real HTTP server whose answers a test writes. */
export class SmallRest {
  readonly seen: SeenRequest[] = [];
  #server: Server;
  /** Null cuts the connection without an answer. */
  reply: (request: SeenRequest) => Reply | null = () => failure(404, "NOT_FOUND");

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
        const seen = {
          method: request.method!,
          url: request.url!,
          headers: request.headers,
          body: Buffer.concat(parts),
        };
        this.seen.push(seen);
        const reply = this.reply(seen);
        if (reply === null) return request.socket.destroy();
        const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
        return response.writeHead(reply.status ?? 200, { ...CORS, ...reply.headers }).end(text);
      });
    });
  }

  static async start(): Promise<SmallRest> {
    const rest = new SmallRest();
    await new Promise<void>((done) => rest.#server.listen(0, "127.0.0.1", done));
    return rest;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  seenAt(prefix: string): SeenRequest[] {
    return this.seen.filter(({ url }) => url.startsWith(`/api/v1${prefix}`));
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(() => done()));
  }
}

let made = 0;

/** A tokens answer as register, login, refresh and guest give it. */
export function tokens(change: object = {}): object {
  made++;
  return {
    user: { id: "me", username: "me", display_name: "Me", is_guest: false, room_id: null },
    access_token: `access-${made}`,
    token_type: "Bearer",
    expires_in: 900,
    session_id: "s",
    ...change,
  };
}

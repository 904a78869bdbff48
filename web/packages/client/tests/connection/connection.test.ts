import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HubConnection } from "../../src/connection/connection.js";
import type { ConnectionOptions } from "../../src/connection/options.js";
import { HubError } from "../../src/errors.js";
import { NO_ANSWER, refusal, SmallHub } from "../small_hub.js";

let hub: SmallHub;
let open: HubConnection[];

beforeEach(async () => {
  hub = await SmallHub.start();
  open = [];
});

afterEach(async () => {
  for (const connection of open) connection.close();
  await hub.close();
});

function connect(options: Partial<ConnectionOptions> = {}): HubConnection {
  const connection = new HubConnection({
    url: hub.url,
    token: async () => "token",
    deviceId: "device",
    random: () => 0.5,
    ...options,
  });
  open.push(connection);
  return connection;
}

function phaseOf(connection: HubConnection): string {
  return connection.status.getSnapshot().phase;
}

async function errorOf(work: Promise<unknown>): Promise<HubError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(HubError);
  return thrown as HubError;
}

describe("connect", () => {
  it("carries token, device, client and protocol, and is online with the hello", async () => {
    const connection = connect();
    const hello = await connection.connect();
    expect(hello.user.id).toBe("me");
    expect(connection.status.getSnapshot()).toMatchObject({
      phase: "online",
      transport: "websocket",
    });
    expect(hub.connects).toEqual([
      { token: "token", device_id: "device", client: { name: "web", version: "1.0" }, protocol: 1 },
    ]);
  });

  it("gets through by long-polling where WebSocket does not", async () => {
    const connection = connect({ transports: ["polling"] });
    await connection.connect();
    expect(connection.status.getSnapshot().transport).toBe("polling");
  });

  it("asks for a fresh token when the first has expired", async () => {
    hub.admit = ({ token }) =>
      token === "old" ? refusal("TOKEN_EXPIRED", 401, { retryable: true }) : null;
    const token = vi.fn(async (fresh: boolean) => (fresh ? "new" : "old"));
    await connect({ token }).connect();
    expect(hub.connects.map((auth) => auth.token)).toEqual(["old", "new"]);
    expect(token.mock.calls).toEqual([[false], [true]]);
  });

  it("does not come back when it is refused for good", async () => {
    hub.admit = () => refusal("BANNED", 403);
    const connection = connect();
    expect((await errorOf(connection.connect())).code).toBe("BANNED");
    expect(connection.status.getSnapshot()).toMatchObject({ phase: "refused", reason: "BANNED" });
    expect((await errorOf(connection.request("queue:get", { room_id: "r" }))).code).toBe("BANNED");
    expect(hub.connects).toHaveLength(1);
  });

  it("comes back when the hub is not ready yet", async () => {
    let refusals = 2;
    hub.admit = () => (refusals-- > 0 ? refusal("UNAVAILABLE", 503, { retry_after_ms: 10 }) : null);
    await connect().connect();
    expect(hub.connects).toHaveLength(3);
  });

  it("comes back when no token can be had for the moment", async () => {
    let failures = 1;
    const token = async (): Promise<string> => {
      if (failures-- > 0) throw new TypeError("network");
      return "token";
    };
    await connect({ token }).connect();
    expect(hub.connects).toHaveLength(1);
  });

  it("is refused when nobody is signed in", async () => {
    const token = async (): Promise<string> => {
      throw new HubError(refusal("UNAUTHENTICATED", 401));
    };
    expect((await errorOf(connect({ token }).connect())).code).toBe("UNAUTHENTICATED");
  });

  it("can be opened again after a close", async () => {
    const connection = connect();
    await connection.connect();
    connection.close();
    expect(phaseOf(connection)).toBe("idle");
    await connection.connect();
    expect(phaseOf(connection)).toBe("online");
  });
});

describe("coming back", () => {
  it("returns by itself after a cut", async () => {
    const connection = connect();
    const hellos: string[] = [];
    connection.onOnline((hello) => hellos.push(hello.connection_id));
    await connection.connect();
    hub.cut();
    await vi.waitFor(() => expect(hellos).toHaveLength(2), 5_000);
    expect(phaseOf(connection)).toBe("online");
  });

  it.each(["token_revoked", "banned", "protocol_error"])("stays away after %s", async (reason) => {
    const connection = connect();
    await connection.connect();
    hub.emit("auth:revoked", { reason });
    hub.disconnectAll();
    await vi.waitFor(() => expect(phaseOf(connection)).toBe("refused"), 5_000);
    expect(connection.status.getSnapshot().reason).toBe(reason.toUpperCase());
  });

  it("waits as long as a draining node asks", async () => {
    const connection = connect();
    await connection.connect();
    hub.emit("server:draining", { deadline_ms: 0, reconnect_after_ms: 60_000, jitter_ms: 10_000 });
    hub.disconnectAll();
    await vi.waitFor(() => expect(phaseOf(connection)).toBe("reconnecting"), 5_000);
    const { reason, retryAtMs } = connection.status.getSnapshot();
    expect(reason).toBe("draining");
    expect(retryAtMs! - Date.now()).toBeGreaterThan(60_000);
  });

  it("returns when the hub ended the connection without a word", async () => {
    const connection = connect();
    await connection.connect();
    hub.disconnectAll();
    await vi.waitFor(() => expect(hub.connects).toHaveLength(2), 5_000);
  });

  it("is not scared off by the end of another session of the same user", async () => {
    const connection = connect();
    await connection.connect();
    hub.emit("auth:revoked", { reason: "logout" });
    hub.cut();
    await vi.waitFor(() => expect(hub.connects).toHaveLength(2), 5_000);
  });

  it("renews its token before it expires", async () => {
    hub.answer("auth:refresh", () => ({ expires_at: "later" }));
    const token = vi.fn(async (fresh: boolean) => (fresh ? "new" : "old"));
    await connect({ token }).connect();
    hub.emit("auth:expiring", { expires_at: "soon" });
    await vi.waitFor(() => expect(hub.callsOf("auth:refresh")).toEqual([{ token: "new" }]), 5_000);
  });
});

describe("request", () => {
  it("gives the ack's data", async () => {
    hub.answer("queue:get", ({ room_id }) => ({ room: room_id }));
    const connection = connect();
    await connection.connect();
    expect(await connection.request("queue:get", { room_id: "r" })).toEqual({ room: "r" });
  });

  it("throws what the hub says, with code, fields and delay", async () => {
    hub.answer("queue:get", () => {
      throw refusal("RATE_LIMITED", 429, {
        retry_after_ms: 1_200,
        fields: [{ field: "room_id", code: "BAD" }],
        request_id: "q",
      });
    });
    const connection = connect();
    await connection.connect();
    const error = await errorOf(connection.request("queue:get", { room_id: "r" }));
    expect(error).toMatchObject({
      code: "RATE_LIMITED",
      status: 429,
      retryAfterMs: 1_200,
      retryable: false,
      fields: [{ field: "room_id", code: "BAD" }],
      requestId: "q",
    });
  });

  it("gives up a question that nobody answers", async () => {
    hub.answer("queue:get", () => {
      throw NO_ANSWER;
    });
    const connection = connect();
    await connection.connect();
    const error = await errorOf(
      connection.request("queue:get", { room_id: "r" }, { timeoutMs: 50 }),
    );
    expect(error.code).toBe("TIMEOUT");
    expect(hub.callsOf("queue:get")).toHaveLength(1);
  });

  it("repeats a mutation with the same op_id until it is acked", async () => {
    let lost = 2;
    hub.answer("item:remove", ({ item_id }) => {
      if (lost-- > 0) throw NO_ANSWER;
      return { item_id };
    });
    const connection = connect({ random: () => 0 });
    await connection.connect();
    const payload = { room_id: "r", item_id: "i" };
    expect(await connection.request("item:remove", payload, { timeoutMs: 50 })).toEqual({
      item_id: "i",
    });
    const ids = hub.callsOf("item:remove").map(({ op_id }) => op_id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  it("repeats a mutation over a lost connection", async () => {
    let first = true;
    hub.answer("message:create", ({ client_id }) => {
      if (first) {
        first = false;
        hub.cut();
        throw NO_ANSWER;
      }
      return { id: "m", client_id };
    });
    const connection = connect();
    await connection.connect();
    const message = { room_id: "r", client_id: "c", type: "text" as const, content: "hi" };
    expect(await connection.request("message:create", message)).toMatchObject({ client_id: "c" });
    expect(hub.callsOf("message:create").map(({ client_id }) => client_id)).toEqual(["c", "c"]);
  });

  it("repeats a mutation that a busy hub turned away, after the time it names", async () => {
    let busy = true;
    hub.answer("item:remove", () => {
      if (!busy) return { item_id: "i" };
      busy = false;
      throw refusal("UNAVAILABLE", 503, { retryable: true, retry_after_ms: 20 });
    });
    const connection = connect();
    await connection.connect();
    await connection.request("item:remove", { room_id: "r", item_id: "i" });
    expect(hub.callsOf("item:remove")).toHaveLength(2);
  });

  it("does not repeat what was refused", async () => {
    hub.answer("item:remove", () => {
      throw refusal("FORBIDDEN", 403);
    });
    const connection = connect();
    await connection.connect();
    await errorOf(connection.request("item:remove", { room_id: "r", item_id: "i" }));
    expect(hub.callsOf("item:remove")).toHaveLength(1);
  });

  it("ends when its time is over", async () => {
    hub.answer("playback:pause", () => {
      throw NO_ANSWER;
    });
    const connection = connect({ random: () => 0 });
    await connection.connect();
    const options = { timeoutMs: 30, giveUpAfterMs: 400 };
    expect(
      (await errorOf(connection.request("playback:pause", { room_id: "r" }, options))).code,
    ).toBe("TIMEOUT");
  });

  it("ends when the caller gives up, or the connection is closed", async () => {
    hub.answer("item:remove", () => {
      throw NO_ANSWER;
    });
    const connection = connect();
    await connection.connect();
    const abort = new AbortController();
    const removed = connection.request(
      "item:remove",
      { room_id: "r", item_id: "i" },
      { signal: abort.signal },
    );
    abort.abort();
    expect((await errorOf(removed)).code).toBe("ABORTED");
    const other = connection.request("item:remove", { room_id: "r", item_id: "i" });
    connection.close();
    expect((await errorOf(other)).code).toBe("ABORTED");
  });

  it("waits for the connection that is being made", async () => {
    hub.answer("queue:get", () => ({ items: [] }));
    const connection = connect();
    const answer = connection.request("queue:get", { room_id: "r" });
    await connection.connect();
    expect(await answer).toEqual({ items: [] });
  });
});

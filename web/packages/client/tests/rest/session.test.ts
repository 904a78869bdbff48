import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { SignIn } from "../../src/rest/session.js";
import { memoryStorage } from "../memory_storage.js";
import { failure, SmallRest, success, tokens } from "./small_rest.js";

let rest: SmallRest;

beforeEach(async () => {
  rest = await SmallRest.start();
});

afterEach(() => rest.close());

function signIn(options: object = {}): SignIn {
  return new SignIn({ baseUrl: rest.url, guestStorage: null, sharedStorage: null, ...options });
}

function bodyOf(index: number): unknown {
  return JSON.parse(rest.seen[index]!.body.toString());
}

describe("signing in", () => {
  it("keeps user and token, and says what was sent", async () => {
    rest.reply = () => success(tokens({ access_token: "a" }));
    const sign = signIn();
    expect(sign.session.getSnapshot()).toBeNull();
    const session = await sign.login({ username: "me", password: "secret" });
    expect(session.user.username).toBe("me");
    expect(await sign.accessToken()).toBe("a");
    expect(sign.currentToken()).toBe("a");
    expect(rest.seen[0]!.url).toBe("/api/v1/auth/login");
    expect(bodyOf(0)).toEqual({ username: "me", password: "secret" });
  });

  it("says which field was refused", async () => {
    const errors = [{ field: "username", code: "TAKEN", message: "taken" }];
    rest.reply = () => failure(409, "CONFLICT", { errors, request_id: "q" });
    const account = { username: "me", email: "me@example.org", password: "secret-secret" };
    await expect(signIn().register(account)).rejects.toMatchObject({
      code: "CONFLICT",
      status: 409,
      fields: errors,
      requestId: "q",
    });
  });

  it("says how long to wait after too many attempts", async () => {
    rest.reply = () => ({ ...failure(423, "ACCOUNT_LOCKED"), headers: { "Retry-After": "60" } });
    const attempt = signIn().login({ email: "me@example.org", password: "x" });
    await expect(attempt).rejects.toMatchObject({ code: "ACCOUNT_LOCKED", retryAfterMs: 60_000 });
  });

  it("calls a hub out of reach what it is", async () => {
    rest.reply = () => null;
    const attempt = signIn().login({ username: "me", password: "x" });
    await expect(attempt).rejects.toMatchObject({ code: "DISCONNECTED", retryable: true });
  });
});

describe("coming back", () => {
  it("restores a user by the refresh cookie", async () => {
    rest.reply = () => success(tokens());
    const sign = signIn();
    expect((await sign.restore())?.user.id).toBe("me");
    expect(rest.seen[0]!.url).toBe("/api/v1/auth/refresh");
  });

  it("finds nobody when there is no cookie", async () => {
    rest.reply = () => failure(401, "UNAUTHENTICATED");
    expect(await signIn().restore()).toBeNull();
  });

  it("does not mistake a hub that is down for nobody", async () => {
    rest.reply = () => failure(503, "UNAVAILABLE");
    await expect(signIn().restore()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("renews once for many callers, and before the token dies", async () => {
    rest.reply = () => success(tokens({ expires_in: 10 }));
    const sign = signIn();
    await sign.login({ username: "me", password: "x" });
    rest.reply = () => success(tokens({ access_token: "new" }));
    const given = await Promise.all([
      sign.accessToken(),
      sign.accessToken(),
      sign.accessToken(true),
    ]);
    expect(given).toEqual(["new", "new", "new"]);
    expect(rest.seenAt("/auth/refresh")).toHaveLength(1);
  });

  it("lets tabs take turns where Web Locks are missing", async () => {
    const sharedStorage = memoryStorage();
    let running = 0;
    let most = 0;
    rest.reply = () => {
      most = Math.max(most, ++running);
      running--;
      return success(tokens());
    };
    const tabs = [signIn({ sharedStorage }), signIn({ sharedStorage }), signIn({ sharedStorage })];
    await Promise.all(tabs.map((tab) => tab.refresh()));
    expect(most).toBe(1);
    expect(rest.seenAt("/auth/refresh")).toHaveLength(3);
  });

  it("is signed out when the session was ended elsewhere", async () => {
    rest.reply = () => success(tokens());
    const sign = signIn();
    await sign.login({ username: "me", password: "x" });
    rest.reply = () => failure(401, "TOKEN_REVOKED");
    await expect(sign.accessToken(true)).rejects.toMatchObject({ code: "TOKEN_REVOKED" });
    expect(sign.session.getSnapshot()).toBeNull();
  });

  it("signs out here and on the hub", async () => {
    rest.reply = () => success(tokens({ access_token: "a" }));
    const sign = signIn();
    await sign.login({ username: "me", password: "x" });
    rest.reply = () => success({});
    await sign.logout();
    expect(sign.session.getSnapshot()).toBeNull();
    expect(rest.seen[1]).toMatchObject({ url: "/api/v1/auth/logout" });
    expect(rest.seen[1]!.headers.authorization).toBe("Bearer a");
  });
});

describe("a guest", () => {
  const user = { id: "g", username: "guest", display_name: "Ann", is_guest: true, room_id: "r" };

  it("comes in by an invitation and is still there after a reload", async () => {
    const guestStorage = memoryStorage();
    rest.reply = () =>
      success(tokens({ user, access_token: "g", expires_in: 43_200, room: { id: "r" } }));
    expect(await signIn({ guestStorage }).guest("invite", "Ann")).toMatchObject({ roomId: "r" });
    expect(bodyOf(0)).toEqual({ invite_token: "invite", display_name: "Ann" });
    const again = signIn({ guestStorage });
    expect((await again.restore())?.user.display_name).toBe("Ann");
    expect(await again.accessToken()).toBe("g");
    expect(rest.seen).toHaveLength(1);
  });

  it("uses his token to its end, for there is no other", async () => {
    rest.reply = () => success(tokens({ user, access_token: "g", expires_in: 5, room: { id: "r" } }));
    const sign = signIn();
    await sign.guest("invite", "Ann");
    expect(await sign.accessToken()).toBe("g");
    expect(await sign.accessToken(true)).toBe("g");
  });

  it("has to be invited again when the visit is over", async () => {
    rest.reply = () => success(tokens({ user, expires_in: 0, room: { id: "r" } }));
    const sign = signIn();
    await sign.guest("invite", "Ann");
    await expect(sign.accessToken()).rejects.toMatchObject({ code: "TOKEN_REVOKED" });
    expect(sign.session.getSnapshot()).toBeNull();
  });
});

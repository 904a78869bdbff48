import { afterEach, beforeEach, expect, it } from "vitest";

import { RestClient } from "../../src/rest/rest.js";
import { SignIn } from "../../src/rest/session.js";
import { failure, SmallRest, success, tokens } from "./small_rest.js";

let server: SmallRest;
let signIn: SignIn;
let rest: RestClient;

beforeEach(async () => {
  server = await SmallRest.start();
  signIn = new SignIn({ baseUrl: server.url, guestStorage: null, sharedStorage: null });
  rest = new RestClient({ baseUrl: server.url, signIn });
});

afterEach(() => server.close());

async function signedIn(): Promise<void> {
  server.reply = () => success(tokens({ access_token: "first" }));
  await signIn.login({ username: "me", password: "x" });
}

it("asks without a token when nobody is signed in", async () => {
  server.reply = () => success({ id: 1 });
  await rest.track(1);
  expect(server.seen[0]!.headers.authorization).toBeUndefined();
});

it("lists tracks with their page", async () => {
  await signedIn();
  server.reply = () => success([{ id: 1 }], { page: 2, total: 30 });
  const { tracks, page } = await rest.tracks({ page: 2, search: "a b", include: "status" });
  expect(tracks).toEqual([{ id: 1 }]);
  expect(page.total).toBe(30);
  expect(server.seen.at(-1)!.url).toBe("/api/v1/tracks?page=2&search=a+b&include=status");
  expect(server.seen.at(-1)!.headers.authorization).toBe("Bearer first");
});

it("searches, reads, changes, likes and deletes", async () => {
  server.reply = () => success({ results: [] });
  await rest.searchTracks({ q: "x", limit: 5 });
  await rest.trackStatus("u");
  await rest.updateTrack("u", { title: "T" });
  await rest.like("u");
  await rest.unlike("u");
  await rest.deleteTrack("u", true);
  await rest.me();
  await rest.uploadLimits();
  await rest.quota();
  expect(server.seen.map(({ method, url }) => `${method} ${url.slice(7)}`)).toEqual([
    "GET /tracks/search?type=simple&q=x&limit=5",
    "GET /tracks/u/status",
    "PUT /tracks/u",
    "POST /tracks/u/like",
    "DELETE /tracks/u/like",
    "DELETE /tracks/u?force=true",
    "GET /auth/me",
    "GET /upload/limits",
    "GET /tracks/quota/me",
  ]);
  expect(server.seen[2]!.headers["content-type"]).toBe("application/json");
  expect(server.seen[2]!.body.toString()).toBe('{"title":"T"}');
});

it("renews the token once after 401 and repeats the call", async () => {
  await signedIn();
  server.reply = ({ url, headers }) => {
    if (url.endsWith("/auth/refresh")) return success(tokens({ access_token: "second" }));
    return headers.authorization === "Bearer second"
      ? success({ id: 7 })
      : failure(401, "TOKEN_EXPIRED");
  };
  expect(await rest.track(7)).toEqual({ id: 7 });
  expect(server.seenAt("/tracks/7")).toHaveLength(2);
});

it("gives up when the fresh token is refused too", async () => {
  await signedIn();
  server.reply = ({ url }) =>
    url.endsWith("/auth/refresh") ? success(tokens()) : failure(401, "UNAUTHENTICATED");
  await expect(rest.track(7)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(server.seenAt("/tracks/7")).toHaveLength(2);
});

it("throws what the envelope says", async () => {
  server.reply = () => failure(404, "TRACK_NOT_FOUND");
  await expect(rest.track(7)).rejects.toMatchObject({
    code: "TRACK_NOT_FOUND",
    status: 404,
    retryable: false,
  });
});

it("makes sense of an answer that is no envelope", async () => {
  server.reply = () => ({ status: 502, body: "<html>Bad gateway</html>" });
  await expect(rest.track(7)).rejects.toMatchObject({
    code: "UNAVAILABLE",
    status: 502,
    retryable: true,
  });
});

it("knows where a track's sound is", () => {
  expect(rest.streamUrl("u")).toBe(`${server.url}/api/v1/tracks/u/hls/master.m3u8`);
});

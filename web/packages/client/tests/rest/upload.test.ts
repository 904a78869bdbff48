// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RestClient } from "../../src/rest/rest.js";
import { SignIn } from "../../src/rest/session.js";
import {
  uploadInParts,
  uploadWhole,
  WHOLE_BYTES,
  type UploadProgressView,
} from "../../src/rest/upload.js";
import { memoryStorage } from "../memory_storage.js";
import { failure, SmallRest, success, tokens, type SeenRequest } from "./small_rest.js";

const CHUNK = 1_000;

let server: SmallRest;
let rest: RestClient;
let chunks: Map<number, Buffer>;

beforeEach(async () => {
  server = await SmallRest.start();
  const signIn = new SignIn({ baseUrl: server.url, guestStorage: null, sharedStorage: null });
  rest = new RestClient({ baseUrl: server.url, signIn });
  server.reply = () => success(tokens({ access_token: "first" }));
  await signIn.login({ username: "me", password: "x" });
  chunks = new Map();
  server.reply = answer;
});

afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

function answer(request: SeenRequest) {
  const url = new URL(request.url, server.url);
  const path = url.pathname.slice("/api/v1".length);
  const state = {
    upload_id: "up",
    total_bytes: 3_500,
    chunk_bytes: CHUNK,
    total_chunks: 4,
    received_chunks: [...chunks.keys()],
    track_id: null,
  };
  if (path === "/auth/refresh") return success(tokens({ access_token: "second" }));
  if (path === "/tracks/initiate" || path === "/tracks/resume/up") return success(state);
  if (path === "/tracks/chunk") {
    chunks.set(Number(url.searchParams.get("chunk_index")), request.body);
    return success(state);
  }
  return { ...success({ id: 1, uuid: "track" }), status: 201 };
}

function file(bytes: number, name = "song.flac"): File {
  const content = Uint8Array.from({ length: bytes }, (_, i) => i % 251);
  return new File([content], name, { type: "audio/flac", lastModified: 7 });
}

function together(): Buffer {
  return Buffer.concat([...chunks.entries()].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
}

describe("uploadWhole", () => {
  it("sends file and metadata in one form, and ends its bar at the file's size", async () => {
    const seen: UploadProgressView[] = [];
    const options = {
      metadata: { title: "Söng" },
      onProgress: (p: UploadProgressView) => seen.push(p),
    };
    const track = await uploadWhole(rest, file(2_000), options);
    expect(track.uuid).toBe("track");
    const request = server.seenAt("/tracks?")[0]!;
    expect(request.headers["content-type"]).toMatch(/^multipart\/form-data/);
    expect(request.headers.authorization).toBe("Bearer first");
    expect(request.body.toString()).toContain('{"title":"Söng"}');
    expect(request.body.toString("latin1")).toContain('filename="song.flac"');
    expect(seen.at(-1)).toMatchObject({ sentBytes: 2_000, totalBytes: 2_000 });
    expect(request.url).toContain(`upload_id=${seen[0]!.uploadId}`);
  });

  it("renews a token that expired meanwhile", async () => {
    let refused = false;
    server.reply = (request) => {
      if (refused || request.url.endsWith("/auth/refresh")) return answer(request);
      refused = true;
      return failure(401, "TOKEN_EXPIRED");
    };
    await uploadWhole(rest, file(10));
    expect(server.seenAt("/tracks?").map(({ headers }) => headers.authorization)).toEqual([
      "Bearer first",
      "Bearer second",
    ]);
  });

  it("says why a file is refused", async () => {
    server.reply = () => failure(400, "INVALID_AUDIO_FORMAT");
    await expect(uploadWhole(rest, file(10, "notes.txt"))).rejects.toMatchObject({
      code: "INVALID_AUDIO_FORMAT",
    });
  });

  it("stops when it is told to", async () => {
    const abort = new AbortController();
    const options = { signal: abort.signal, onProgress: () => abort.abort() };
    await expect(uploadWhole(rest, file(500_000), options)).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});

describe("uploadInParts", () => {
  it("sends every part once, in order, and completes", async () => {
    const seen: number[] = [];
    const track = await uploadInParts(rest, file(3_500), {
      onProgress: ({ sentBytes }) => seen.push(sentBytes),
    });
    expect(track.uuid).toBe("track");
    expect([...chunks.keys()]).toEqual([0, 1, 2, 3]);
    expect(together().equals(Buffer.from(await bytesOf(file(3_500))))).toBe(true);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(3_500);
    expect(server.seen.at(-1)!.url).toBe("/api/v1/tracks/complete");
  });

  it("repeats a part that was cut", async () => {
    vi.spyOn(console, "error").mockReturnValue(); // jsdom tells of the cut there as well
    let cuts = 1;
    server.reply = (request) =>
      request.url.includes("chunk_index=2") && cuts-- > 0 ? null : answer(request);
    await uploadInParts(rest, file(3_500));
    expect(together().length).toBe(3_500);
    expect(server.seenAt("/tracks/chunk").length).toBe(5);
  });

  it("goes on after a reload with what is missing", async () => {
    const storage = memoryStorage();
    server.reply = (request) =>
      request.url.includes("chunk_index=2") ? failure(413, "FILE_TOO_LARGE") : answer(request);
    await expect(uploadInParts(rest, file(3_500), { storage })).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
    });
    server.reply = answer;
    const before = server.seenAt("/tracks/chunk").length;
    await uploadInParts(rest, file(3_500), { storage });
    expect(server.seenAt("/tracks/chunk").length - before).toBe(2);
    expect(server.seenAt("/tracks/initiate")).toHaveLength(1);
    expect(together().length).toBe(3_500);
  });

  it("begins anew when the hub has forgotten it", async () => {
    const storage = memoryStorage();
    storage.setItem("veza.upload.song.flac.3500.7", "gone");
    await uploadInParts(rest, file(3_500), { storage });
    expect(server.seenAt("/tracks/resume/gone")).toHaveLength(1);
    expect(server.seenAt("/tracks/initiate")).toHaveLength(1);
  });
});

it("chooses the way by the size", async () => {
  await rest.upload(file(100));
  expect(server.seenAt("/tracks/initiate")).toHaveLength(0);
  await rest.upload(file(WHOLE_BYTES + 1)).catch(() => undefined);
  expect(server.seenAt("/tracks/initiate")).toHaveLength(1);
});

async function bytesOf(blob: Blob): Promise<ArrayBuffer> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.readAsArrayBuffer(blob);
  });
}

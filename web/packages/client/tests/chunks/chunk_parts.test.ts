import { describe, expect, it } from "vitest";

import { ChunkParts } from "../../src/chunks/chunk_parts.js";
import type { ChunkEvent } from "../../src/wire/chunks.js";

function event(index: number, bytes: number[], more: Partial<ChunkEvent> = {}): ChunkEvent {
  return {
    player_id: "p",
    index,
    start_ms: index * 4_000,
    duration_ms: 4_000,
    rung: "high",
    codec: "mp4a.40.2",
    data: new Uint8Array(bytes).buffer,
    ...more,
  };
}

describe("the parts of a chunk", () => {
  it("gives a chunk of one piece back at once", () => {
    const chunk = new ChunkParts().add(event(3, [1, 2], { init: 1, last: true }));
    expect(chunk).toMatchObject({ index: 3, startMs: 12_000, hasInit: true, last: true });
    expect([...(chunk?.data ?? [])]).toEqual([1, 2]);
  });

  it("joins parts in order, and keeps what the first one said", () => {
    const parts = new ChunkParts();
    expect(parts.add(event(0, [1], { part: 0, parts: 3, init: 1 }))).toBeNull();
    expect(parts.add(event(0, [2, 3], { part: 1, parts: 3 }))).toBeNull();
    const chunk = parts.add(event(0, [4], { part: 2, parts: 3 }));
    expect([...(chunk?.data ?? [])]).toEqual([1, 2, 3, 4]);
    expect(chunk?.hasInit).toBe(true);
  });

  it("drops a chunk that a jump has cut off", () => {
    const parts = new ChunkParts();
    parts.add(event(5, [1], { part: 0, parts: 3 }));
    expect(parts.add(event(9, [7], { init: 1 }))).toMatchObject({ index: 9 });
    expect(parts.add(event(5, [2], { part: 1, parts: 3 }))).toBeNull();
    expect(parts.add(event(5, [3], { part: 2, parts: 3 }))).toBeNull();
  });

  it("does not take a part that follows on nothing", () => {
    const parts = new ChunkParts();
    parts.add(event(5, [1], { part: 0, parts: 3 }));
    expect(parts.add(event(5, [3], { part: 2, parts: 3 }))).toBeNull();
    expect(parts.add(event(6, [9]))).toMatchObject({ index: 6, hasInit: false });
  });
});

import { describe, expect, it } from "vitest";

import { queueHash } from "../../src/room/queue_hash.js";
import { item } from "../shapes.js";

describe("queueHash", () => {
  it("is the CRC-32 that the hub computes", () => {
    const items = [
      item("a", "V0", { state: "playing" }),
      item("b", "W0", { score: -1 }),
      item("c", "X0", { state: "failed" }),
    ];
    expect(queueHash(items)).toBe("a119f8bc");
  });

  it("is eight zeros for nothing", () => {
    expect(queueHash([])).toBe("00000000");
  });
});

import { expect, it } from "vitest";

import { deviceId, uuidv7 } from "../src/ids.js";
import { memoryStorage } from "./memory_storage.js";

it("makes UUIDs of version 7 that sort by time", () => {
  const earlier = uuidv7(1_700_000_000_000);
  const later = uuidv7(1_700_000_000_001);
  expect(earlier).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(earlier.slice(0, 8) + earlier.slice(9, 13), 16)).toBe(1_700_000_000_000);
  expect(earlier < later).toBe(true);
});

it("gives a device one id for ever", () => {
  const storage = memoryStorage();
  expect(deviceId(storage)).toBe(deviceId(storage));
  expect(deviceId(null)).not.toBe(deviceId(null));
});

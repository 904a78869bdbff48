import { expect, it } from "vitest";

import { LearnedLead } from "../src/lead.js";
import { memoryStorage } from "./memory_storage.js";

it("takes the first measurement whole, and little of later ones", () => {
  const lead = new LearnedLead("start", null);
  const guessMs = lead.ms;
  lead.learn(-30); // came out 30 ms behind: start 30 ms earlier
  expect(lead.ms).toBe(guessMs + 30);
  lead.learn(10);
  expect(lead.ms).toBe(guessMs + 26);
  lead.learn(-300); // a busy moment, no truth about the device
  expect(lead.ms).toBe(guessMs + 46);
});

it("remembers what it learned on this device", () => {
  const storage = memoryStorage();
  new LearnedLead("start", storage).learn(-20);
  const again = new LearnedLead("start", storage);
  expect(again.ms).toBe(102);
  again.learn(-10); // no guess any more
  expect(again.ms).toBe(106);
});

it("keeps kinds apart and stays within reason", () => {
  const storage = memoryStorage();
  const start = new LearnedLead("start", storage);
  start.learn(-10_000);
  expect(start.ms).toBe(400);
  expect(new LearnedLead("join", storage).ms).toBe(82);
});

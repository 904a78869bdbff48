import { describe, expect, it } from "vitest";

import { ThroughputMeter } from "../../src/chunks/throughput.js";

describe("throughput", () => {
  it("is bits over the time from asking to arriving", () => {
    const meter = new ThroughputMeter();
    meter.asked(1_000);
    meter.arrived(125_000, 2_000, false);
    expect(meter.take()).toBe(1_000_000);
  });

  it("does not count the time when nothing was under way", () => {
    const meter = new ThroughputMeter();
    meter.asked(0);
    meter.arrived(125_000, 500, false);
    meter.asked(60_000);
    meter.arrived(125_000, 60_500, false);
    expect(meter.take()).toBe(2_000_000);
  });

  it("counts the whole time while one follows the other", () => {
    const meter = new ThroughputMeter();
    meter.asked(0);
    meter.asked(10);
    meter.arrived(50_000, 400, true);
    meter.arrived(50_000, 800, false);
    expect(meter.take()).toBe(1_000_000);
  });

  it("begins anew once it was taken, and says nothing without anything", () => {
    const meter = new ThroughputMeter();
    expect(meter.take()).toBeNull();
    meter.asked(0);
    meter.arrived(1_000, 8, false);
    expect(meter.take()).toBe(1_000_000);
    expect(meter.take()).toBeNull();
    meter.asked(100);
    meter.dropped();
    meter.asked(1_000);
    meter.arrived(1_000, 1_008, false);
    expect(meter.take()).toBe(1_000_000);
  });
});

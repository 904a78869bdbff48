import { describe, expect, it } from "vitest";
import { chooseRung, chooseToBegin, playableRungs, type Rung } from "../../src/web_audio/rung_choice.js";

const rung = (name: string, bitrateBps: number, sampleRateHz = 44_100): Rung => ({ name, bitrateBps, sampleRateHz });
const LADDER = [rung("low", 64_000), rung("high", 256_000), rung("lossless", 900_000)];

describe("the rung that is fetched", () => {
  it("is the best that half of the line carries", () => {
    expect(chooseRung(LADDER, 10_000_000, null)?.name).toBe("lossless");
    expect(chooseRung(LADDER, 1_000_000, null)?.name).toBe("high");
    expect(chooseRung(LADDER, 10_000, null)?.name).toBe("low");
  });

  it("goes up only where there is room to spare", () => {
    expect(chooseRung(LADDER, 1_900_000, "high")?.name).toBe("high");
    expect(chooseRung(LADDER, 2_400_000, "high")?.name).toBe("lossless");
    expect(chooseRung(LADDER, 1_900_000, "lossless")?.name).toBe("lossless");
  });

  it("does not climb before there is enough to begin with, and may fall", () => {
    expect(chooseToBegin(LADDER, 1_000_000, null)?.name).toBe("high");
    expect(chooseToBegin(LADDER, 10_000_000, "high")?.name).toBe("high");
    expect(chooseToBegin(LADDER, 100_000, "high")?.name).toBe("low");
    expect(chooseToBegin(LADDER, 10_000_000, null)?.name).toBe("lossless");
  });

  it("is of one rate with the others", () => {
    const mixed = [...LADDER, rung("studio", 3_000_000, 96_000)];
    expect(playableRungs(mixed).map(({ name }) => name)).toEqual(["low", "high", "lossless"]);
  });
});

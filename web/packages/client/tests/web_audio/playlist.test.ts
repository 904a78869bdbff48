import { describe, expect, it } from "vitest";

import { parseMedia, parseVariants } from "../../src/web_audio/playlist.js";
import { chooseRung, playableRungs, smoothed, type Rung } from "../../src/web_audio/rung_choice.js";
import { segmentAt, tableOf } from "../../src/web_audio/segment_table.js";

const BASE = "https://hub.example/api/v1/tracks/t/hls/master.m3u8";

const MASTER = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=800000,CODECS="fLaC",STABLE-VARIANT-ID="lossless"
lossless/playlist.m3u8?v=2
#EXT-X-STREAM-INF:BANDWIDTH=70000,AVERAGE-BANDWIDTH=64000,CODECS="mp4a.40.2"
low/playlist.m3u8?v=2
`;

const media = (end: boolean): string => `#EXTM3U
#EXT-X-MAP:URI="init.mp4?v=2"
#EXTINF:4.063492063,
segment_000.m4s?v=2
#EXTINF:3.993832200,
segment_001.m4s?v=2
#EXTINF:1.000000000,
segment_002.m4s?v=2
${end ? "#EXT-X-ENDLIST\n" : ""}`;

describe("playlists", () => {
  it("name the rungs, lowest first, with whole addresses", () => {
    expect(parseVariants(MASTER, BASE)).toEqual([
      { name: "low", url: "https://hub.example/api/v1/tracks/t/hls/low/playlist.m3u8?v=2", codecs: "mp4a.40.2", bitrateBps: 70_000 },
      { name: "lossless", url: "https://hub.example/api/v1/tracks/t/hls/lossless/playlist.m3u8?v=2", codecs: "fLaC", bitrateBps: 900_000 },
    ]);
  });

  it("of a rung without an init segment are none", () => {
    expect(parseMedia("#EXTM3U\n#EXTINF:4,\nsegment.ts\n", BASE)).toBeNull();
  });

  it("place each segment in samples of music, without the priming", () => {
    const table = tableOf(parseMedia(media(true), BASE)!, 44_100, 3_072);
    expect(table.segments.map(({ from, to }) => [from, to])).toEqual([
      [0, 176_128],
      [176_128, 352_256],
      [352_256, 396_356],
    ]);
    expect(table.samples).toBe(396_356);
    expect(table.segments[1]!.url).toBe("https://hub.example/api/v1/tracks/t/hls/segment_001.m4s?v=2");
  });

  it("find the segment of a sample", () => {
    const table = tableOf(parseMedia(media(true), BASE)!, 44_100, 3_072);
    expect([-5, 0, 176_127, 176_128, 396_355, 396_356].map((at) => segmentAt(table, at))).toEqual([0, 0, 0, 1, 2, null]);
  });

  it("that may grow have no length yet", () => {
    const table = tableOf(parseMedia(media(false), BASE)!, 44_100, 3_072);
    expect(table.samples).toBeNull();
  });
});

describe("the rung", () => {
  const rung = (name: string, bitrateBps: number, sampleRateHz = 44_100): Rung => ({ name, bitrateBps, sampleRateHz });
  const RUNGS = [rung("low", 64_000), rung("high", 256_000), rung("lossless", 900_000)];

  it("is the best that the line carries twice over", () => {
    expect([50_000, 600_000, 3_000_000].map((bps) => chooseRung(RUNGS, bps, null)?.name)).toEqual(["low", "high", "lossless"]);
  });

  it("goes up only with room to spare, and stays where it is", () => {
    expect(chooseRung(RUNGS, 1_900_000, "high")?.name).toBe("high");
    expect(chooseRung(RUNGS, 1_900_000, "lossless")?.name).toBe("lossless");
    expect(chooseRung(RUNGS, 2_500_000, "high")?.name).toBe("lossless");
  });

  it("is one of those at the ladder's common rate", () => {
    const ladder = [rung("lossless", 3_000_000, 96_000), rung("low", 64_000, 48_000), rung("high", 256_000, 48_000)];
    expect(playableRungs(ladder).map(({ name }) => name)).toEqual(["low", "high"]);
  });

  it("rests on what was measured, smoothed", () => {
    expect(smoothed(null, 125_000, 1_000)).toBe(1_000_000);
    expect(smoothed(1_000_000, 125_000, 500)).toBe(1_400_000);
  });
});

import { describe, expect, it } from "vitest";

import { placeOf } from "../../src/web_audio/decoding.js";
import { NotReadable, parseFragment, parseInit, withoutEdits } from "../../src/web_audio/mp4_boxes.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const u32 = (value: number): Uint8Array => bytes(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const u16 = (value: number): Uint8Array => bytes(value >> 8, value & 255);
const text = (word: string): Uint8Array => bytes(...[...word].map((letter) => letter.charCodeAt(0)));
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

function box(kind: string, ...parts: Uint8Array[]): Uint8Array {
  const body = joined(...parts);
  return joined(u32(body.length + 8), text(kind), body);
}

const full = (kind: string, flags: number, ...parts: Uint8Array[]): Uint8Array => box(kind, u32(flags), ...parts);
const described = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
  const body = joined(...parts);
  return joined(bytes(tag, body.length), body);
};

/** An init segment as media/fmp4.py writes it. */
function init(entry: Uint8Array, edits = false): Uint8Array {
  const mdhd = full("mdhd", 0, new Uint8Array(8), u32(44_100), new Uint8Array(8));
  const stsd = full("stsd", 0, u32(1), entry);
  const elst = box("edts", full("elst", 0, u32(1), u32(0), u32(3_072), u32(0x1_0000)));
  const mdia = box("mdia", mdhd, box("minf", box("stbl", stsd)));
  return joined(box("ftyp", text("iso6")), box("moov", box("trak", ...(edits ? [elst] : []), mdia)));
}

const common = (channels: number): Uint8Array =>
  joined(new Uint8Array(6), u16(1), new Uint8Array(8), u16(channels), u16(16), u32(0), u32(44_100 << 16));

const CONFIG = bytes(0x12, 0x10);

function aac(channels = 2): Uint8Array {
  const decoder = described(0x04, bytes(0x40, 0x15), new Uint8Array(11), described(0x05, CONFIG));
  return box("mp4a", common(channels), full("esds", 0, described(0x03, u16(1), bytes(0), decoder, described(0x06, bytes(2)))));
}

describe("the init segment", () => {
  it("of AAC gives the decoder's configuration", () => {
    const found = parseInit(init(aac()));
    expect(found).toMatchObject({ codec: "mp4a.40.2", sampleRateHz: 44_100, channels: 2 });
    expect([...found.description]).toEqual([...CONFIG]);
  });

  it("of FLAC gives STREAMINFO behind its mark", () => {
    const info = joined(bytes(0x80, 0, 0, 34), new Uint8Array(34).fill(5));
    const found = parseInit(init(box("fLaC", common(1), full("dfLa", 0, info))));
    expect(found).toMatchObject({ codec: "flac", channels: 1 });
    expect([...found.description]).toEqual([...text("fLaC"), ...info]);
  });

  it("loses its edit list and nothing else", () => {
    const with_ = init(aac(), true);
    const without = withoutEdits(with_);
    expect(without.length).toBe(with_.length);
    expect(String.fromCharCode(...without)).not.toContain("edts");
    expect(parseInit(without)).toEqual(parseInit(with_));
  });

  it("that is none is refused", () => {
    expect(() => parseInit(text("no boxes here, none"))).toThrow(NotReadable);
    expect(() => parseInit(init(box("Opus", common(2))))).toThrow(NotReadable);
    expect(() => parseInit(new Uint8Array())).toThrow(NotReadable);
  });
});

describe("a fragment", () => {
  function fragment(sizes: number[], durations: number[] | null, at = 179_200): Uint8Array {
    const entries = sizes.flatMap((size, i) => [...(durations ? [u32(durations[i]!)] : []), u32(size)]);
    const tfhd = full("tfhd", 0x02_0028, u32(1), u32(1_024), u32(0));
    const tfdt = full("tfdt", 0x0100_0000, u32(0), u32(at));
    const trun = full("trun", durations ? 0x301 : 0x201, u32(sizes.length), u32(0), ...entries);
    const data = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    return joined(box("moof", full("mfhd", 0, u32(1)), box("traf", tfhd, tfdt, trun)), box("mdat", ...data));
  }

  it("gives its frames with their place and length", () => {
    const frames = parseFragment(fragment([3, 5], null));
    expect(frames.map(({ atSamples, samples, data }) => [atSamples, samples, [...data]])).toEqual([
      [179_200, 1_024, [1, 1, 1]],
      [180_224, 1_024, [2, 2, 2, 2, 2]],
    ]);
  });

  it("may end with a shorter one", () => {
    const frames = parseFragment(fragment([3, 5], [1_024, 300]));
    expect(frames.map(({ samples }) => samples)).toEqual([1_024, 300]);
  });

  it("that was cut off is refused", () => {
    const whole = fragment([300, 500], null);
    expect(() => parseFragment(whole.subarray(0, whole.length - 10))).toThrow(NotReadable);
  });
});

describe("samples of a decoder that drops or keeps what it likes", () => {
  const frames = (...samples: number[]) => samples.map((count) => ({ data: new Uint8Array(), atSamples: 0, samples: count }));
  const usual = frames(1_024, 1_024, 1_024, 1_024);

  it("are found when all came out, or whole frames in front are missing", () => {
    expect(placeOf(usual, 2, 4_096)).toBe(2_048);
    expect(placeOf(usual, 2, 3_072)).toBe(1_024);
    expect(placeOf(usual, 2, 2_048)).toBe(0);
  });

  it("are found with the padding of the last frame and without", () => {
    const last = frames(1_024, 1_024, 1_024, 300);
    expect(placeOf(last, 2, 3_372)).toBe(2_048);
    expect(placeOf(last, 2, 4_096)).toBe(2_048);
  });

  it("are not guessed", () => {
    expect(placeOf(usual, 2, 4_000)).toBeNull();
    expect(placeOf(usual, 2, 1_024)).toBeNull();
    expect(placeOf(usual, 2, 5_120)).toBeNull();
  });
});

/**
 * Reads the hub's fragmented MP4 (ISO/IEC 14496-12): what a decoder must know, and where each coded
 * frame of a fragment lies. Pure. Edit lists are left alone: what comes before the music is known
 * from the API (`priming_samples`).
 */

export interface CodecConfig {
  /** RFC 6381, as WebCodecs wants it: `mp4a.40.2` or `flac`. */
  readonly codec: "mp4a.40.2" | "flac";
  readonly sampleRateHz: number;
  readonly channels: number;
  /** AAC: AudioSpecificConfig. FLAC: `fLaC` and the STREAMINFO block. */
  readonly description: Uint8Array;
}

export interface CodedFrame {
  readonly data: Uint8Array;
  /** Decode time in samples, priming included. */
  readonly atSamples: number;
  readonly samples: number;
}

/** Bytes that are not the MP4 the hub writes. */
export class NotReadable extends Error {
  constructor(why: string) {
    super(`This is no fragment that can be read: ${why}.`);
    this.name = "NotReadable";
  }
}

const CONTAINERS = new Set(["moov", "trak", "mdia", "minf", "stbl", "moof", "traf"]);
/** Bytes of a sample entry before its own boxes. */
const AUDIO_ENTRY_BYTES = 28;

/** What the init segment says. Raises `NotReadable`. */
export function parseInit(bytes: Uint8Array): CodecConfig {
  const stsd = find(bytes, "stsd");
  const timescale = view(find(bytes, "mdhd")).getUint32(12);
  const entry = firstBox(stsd.subarray(8));
  const head = view(entry.body);
  const channels = head.getUint16(16);
  const rest = entry.body.subarray(AUDIO_ENTRY_BYTES);
  if (entry.kind === "mp4a") {
    const description = specificConfig(find(rest, "esds").subarray(4));
    return { codec: "mp4a.40.2", sampleRateHz: timescale, channels, description };
  }
  if (entry.kind === "fLaC") {
    const blocks = find(rest, "dfLa").subarray(4);
    const description = new Uint8Array(4 + blocks.length);
    description.set([0x66, 0x4c, 0x61, 0x43]); // "fLaC"
    description.set(blocks, 4);
    return { codec: "flac", sampleRateHz: timescale, channels, description };
  }
  throw new NotReadable(`codec ${entry.kind} is not known`);
}

/** The coded frames of one fragment, in order. Raises `NotReadable`. */
export function parseFragment(bytes: Uint8Array): CodedFrame[] {
  const tfhd = view(find(bytes, "tfhd"));
  const tfdt = view(find(bytes, "tfdt"));
  const trun = view(find(bytes, "trun"));
  const media = find(bytes, "mdat");
  const base = tfdt.getUint8(0) === 1 ? Number(tfdt.getBigUint64(4)) : tfdt.getUint32(4);
  const flags = trun.getUint32(0) & 0xffffff;
  const count = trun.getUint32(4);
  const usual = defaultDuration(tfhd);
  let at = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  let from = 0;
  let atSamples = base;
  const frames: CodedFrame[] = [];
  for (let i = 0; i < count; i++) {
    const samples = flags & 0x100 ? trun.getUint32(at) : usual;
    if (flags & 0x100) at += 4;
    if (!(flags & 0x200)) throw new NotReadable("frames without sizes");
    const size = trun.getUint32(at);
    at += 4 + (flags & 0x400 ? 4 : 0) + (flags & 0x800 ? 4 : 0);
    if (from + size > media.length) throw new NotReadable("a frame reaches beyond the end");
    frames.push({ data: media.subarray(from, from + size), atSamples, samples });
    from += size;
    atSamples += samples;
  }
  return frames;
}

/** The same init segment without its edit list, for decoders that would obey it in each part. */
export function withoutEdits(init: Uint8Array): Uint8Array {
  const copy = init.slice();
  for (const { kind, at } of boxes(copy)) {
    if (kind === "edts") copy.set([0x66, 0x72, 0x65, 0x65], at + 4); // "free"
  }
  return copy;
}

function defaultDuration(tfhd: DataView): number {
  const flags = tfhd.getUint32(0) & 0xffffff;
  if (!(flags & 0x8)) return 0;
  return tfhd.getUint32(8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0));
}

/** The AudioSpecificConfig inside an ES descriptor (ISO/IEC 14496-1 §7.2.6.5). */
function specificConfig(bytes: Uint8Array): Uint8Array {
  const es = descriptor(bytes, 0x03);
  const decoder = descriptor(es.subarray(3), 0x04);
  return descriptor(decoder.subarray(13), 0x05).slice();
}

function descriptor(bytes: Uint8Array, tag: number): Uint8Array {
  if (bytes[0] !== tag) throw new NotReadable("a descriptor is missing");
  let size = 0;
  for (let i = 1; i < 5; i++) {
    const byte = bytes[i] ?? 0;
    size = (size << 7) | (byte & 0x7f);
    if (!(byte & 0x80)) return bytes.subarray(i + 1, i + 1 + size);
  }
  throw new NotReadable("a descriptor has no end");
}

interface Box {
  readonly kind: string;
  /** Where the box begins. */
  readonly at: number;
  readonly body: Uint8Array;
}

function firstBox(bytes: Uint8Array): Box {
  for (const box of boxes(bytes)) return box;
  throw new NotReadable("a box is missing");
}

/** The first box of a kind, at any depth. */
function find(bytes: Uint8Array, kind: string): Uint8Array {
  for (const box of boxes(bytes)) if (box.kind === kind) return box.body;
  throw new NotReadable(`it has no ${kind}`);
}

/** All boxes, containers before what they hold. */
function* boxes(bytes: Uint8Array, offset = 0): Generator<Box> {
  const data = view(bytes);
  let at = 0;
  while (at + 8 <= bytes.length) {
    const size = data.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (size < 8 || at + size > bytes.length) throw new NotReadable(`${kind} has a wrong size`);
    const body = bytes.subarray(at + 8, at + size);
    yield { kind, at: offset + at, body };
    if (CONTAINERS.has(kind)) yield* boxes(body, offset + at + 8);
    at += size;
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

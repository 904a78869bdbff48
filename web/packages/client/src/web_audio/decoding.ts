/** From coded segments to samples, exactly as many as the hub cut. */
import { withoutEdits, type CodecConfig, type CodedFrame } from "./mp4_boxes.js";

/** A segment as it was fetched. */
export interface CodedSegment {
  readonly bytes: Uint8Array;
  readonly frames: readonly CodedFrame[];
}

export interface SegmentDecoder {
  /**
   * One array a channel, with all the samples of `segment`. `previous` is the segment before it, as
   * coded frames of AAC overlap. Raises `Undecodable`.
   */
  decode(segment: CodedSegment, previous: CodedSegment | null): Promise<Float32Array[]>;
}

/** This browser cannot decode it, or not exactly. */
export class Undecodable extends Error {
  constructor(why: string) {
    super(`The browser cannot decode this exactly: ${why}.`);
    this.name = "Undecodable";
  }
}

/** Coded frames that an AAC decoder has to have seen before the first one that comes out right. */
const WARM_UP_FRAMES = 2;

/** The way this browser decodes the codec; null when it has none. `init`: the init segment. */
export async function decoderFor(
  config: CodecConfig,
  init: Uint8Array,
): Promise<SegmentDecoder | null> {
  if (typeof AudioDecoder !== "undefined") {
    const wanted = webCodecsConfig(config);
    const { supported } = await AudioDecoder.isConfigSupported(wanted).catch(() => ({ supported: false }));
    if (supported) return new WebCodecsDecoder(config, wanted);
  }
  if (typeof OfflineAudioContext === "undefined") return null;
  return new BufferDecoder(config, withoutEdits(init));
}

function webCodecsConfig({ codec, sampleRateHz, channels, description }: CodecConfig): AudioDecoderConfig {
  const bytes = description as Uint8Array<ArrayBuffer>;
  return { codec, sampleRate: sampleRateHz, numberOfChannels: channels, description: bytes };
}

/** WebCodecs: a fresh decoder for each segment, so that any one can be the first. */
class WebCodecsDecoder implements SegmentDecoder {
  readonly #config: CodecConfig;
  readonly #wanted: AudioDecoderConfig;

  constructor(config: CodecConfig, wanted: AudioDecoderConfig) {
    this.#config = config;
    this.#wanted = wanted;
  }

  async decode({ frames }: CodedSegment, previous: CodedSegment | null): Promise<Float32Array[]> {
    const { sampleRateHz, channels, codec } = this.#config;
    const warmUp = codec === "flac" ? [] : (previous?.frames.slice(-WARM_UP_FRAMES) ?? []);
    const sound = new Sound(frames, channels);
    let failure: unknown = null;
    const decoder = new AudioDecoder({
      output: (data) => {
        try {
          sound.add(data, sampleRateHz);
        } finally {
          data.close();
        }
      },
      error: (error) => (failure = error),
    });
    try {
      decoder.configure(this.#wanted);
      for (const { data, atSamples } of [...warmUp, ...frames]) {
        const timestamp = Math.round((atSamples * 1e6) / sampleRateHz);
        decoder.decode(new EncodedAudioChunk({ type: "key", timestamp, data: data as BufferSource }));
      }
      await decoder.flush();
    } catch (error) {
      failure ??= error;
    } finally {
      if (decoder.state !== "closed") decoder.close();
    }
    if (failure !== null) throw new Undecodable(String(failure));
    return sound.whole();
  }
}

/** The samples of a segment while they come out of a decoder. */
class Sound {
  readonly #from: number;
  readonly #count: number;
  readonly #data: Float32Array[];
  #filled = 0;

  constructor(frames: readonly CodedFrame[], channels: number) {
    this.#from = frames[0]?.atSamples ?? 0;
    this.#count = frames.reduce((sum, { samples }) => sum + samples, 0);
    this.#data = Array.from({ length: channels }, () => new Float32Array(this.#count));
  }

  add(data: AudioData, sampleRateHz: number): void {
    if (data.sampleRate !== sampleRateHz) throw new Undecodable(`it comes at ${data.sampleRate} Hz`);
    const at = Math.round((data.timestamp * sampleRateHz) / 1e6) - this.#from;
    // Of the last frame only a part is music: the rest was padded by the encoder.
    const skipped = Math.max(0, -at);
    const count = Math.min(data.numberOfFrames - skipped, this.#count - (at + skipped));
    if (count <= 0) return;
    this.#data.forEach((target, channel) => {
      const planeIndex = Math.min(channel, data.numberOfChannels - 1);
      const options = { planeIndex, format: "f32-planar", frameOffset: skipped, frameCount: count } as const;
      data.copyTo(target.subarray(at + skipped, at + skipped + count), options);
    });
    this.#filled += count;
  }

  whole(): Float32Array[] {
    if (this.#filled !== this.#count) {
      throw new Undecodable(`${this.#filled} of ${this.#count} samples came out`);
    }
    return this.#data;
  }
}

/** `decodeAudioData` at the track's own rate, where there is no WebCodecs. */
class BufferDecoder implements SegmentDecoder {
  readonly #config: CodecConfig;
  readonly #init: Uint8Array;

  constructor(config: CodecConfig, init: Uint8Array) {
    this.#config = config;
    this.#init = init;
  }

  async decode(segment: CodedSegment, previous: CodedSegment | null): Promise<Float32Array[]> {
    const { sampleRateHz, channels, codec } = this.#config;
    const before = codec === "flac" ? null : previous;
    const parts = [this.#init, ...(before ? [before.bytes] : []), segment.bytes];
    const context = new OfflineAudioContext(channels, 1, sampleRateHz);
    const buffer = await context.decodeAudioData(await new Blob(parts as BlobPart[]).arrayBuffer()).catch(
      (error: unknown) => {
        throw new Undecodable(String(error));
      },
    );
    const frames = [...(before?.frames ?? []), ...segment.frames];
    const count = segment.frames.reduce((sum, { samples }) => sum + samples, 0);
    const from = placeOf(frames, segment.frames.length, buffer.length);
    if (from === null) throw new Undecodable(`${buffer.length} samples came out`);
    return Array.from({ length: channels }, (_, channel) => {
      const data = buffer.getChannelData(Math.min(channel, buffer.numberOfChannels - 1));
      return data.slice(from, from + count);
    });
  }
}

/**
 * Where in `length` decoded samples the last `own` of `frames` begin. Decoders differ in whether they
 * drop whole frames at the beginning and whether the last one's padding stays; null when the length
 * fits neither.
 */
export function placeOf(frames: readonly CodedFrame[], own: number, length: number): number | null {
  const usual = frames[0]?.samples ?? 0;
  const mine = frames.slice(-own);
  const count = mine.reduce((sum, { samples }) => sum + samples, 0);
  const padded = usual * own;
  for (const tail of [count, padded]) {
    const from = length - tail;
    if (from >= 0 && from % usual === 0 && from <= usual * (frames.length - own)) return from;
  }
  return null;
}

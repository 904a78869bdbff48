import { decoderFor, Undecodable, type CodedSegment, type SegmentDecoder } from "./decoding.js";
import { fetchBytes, type Fetched } from "./fetching.js";
import { parseFragment, parseInit } from "./mp4_boxes.js";
import { parseMedia, parseVariants } from "./playlist.js";
import { playableRungs, type Rung } from "./rung_choice.js";
import { tableOf, type SegmentTable } from "./segment_table.js";

/** What `hls/info` says of a rung. */
interface RungFacts {
  readonly name: string;
  readonly bitrate_bps: number;
  readonly sample_rate_hz: number;
  readonly channels: number;
  readonly priming_samples: number;
}

interface ListedRung extends Rung {
  readonly url: string;
  /** As the multivariant playlist names them: `fLaC`, `mp4a.40.2`. */
  readonly codecs: string;
  readonly channels: number;
  readonly primingSamples: number;
}

/** One rung, ready to be fetched. */
export interface OpenRung extends ListedRung {
  readonly table: SegmentTable;
  /** On its way together with the first segments. */
  readonly decoder: Promise<SegmentDecoder>;
}

/** The address is not the hub's: nothing says where the music begins. */
export class NoFacts extends Error {
  constructor() {
    super("Nothing is known of the samples behind this address.");
    this.name = "NoFacts";
  }
}

export type Meter = (fetched: Fetched) => void;

/** One track as the hub delivers it: its ladder, and segments as samples. */
export class Track {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly rungs: readonly Rung[];
  readonly #listed: readonly ListedRung[];
  readonly #token: () => string | null;
  readonly #open = new Map<string, Promise<OpenRung>>();

  private constructor(listed: readonly ListedRung[], token: () => string | null) {
    const [first] = listed;
    if (first === undefined) throw new NoFacts();
    this.sampleRateHz = first.sampleRateHz;
    this.channels = Math.max(...listed.map(({ channels }) => channels));
    this.rungs = this.#listed = listed;
    this.#token = token;
  }

  /** `url`: of the multivariant playlist. Raises `Refused`, `NoFacts`, or the signal's reason. */
  static async load(url: string, token: () => string | null, signal: AbortSignal): Promise<Track> {
    const [path = "", query] = url.split("?");
    if (!path.endsWith("/master.m3u8")) throw new NoFacts();
    const infoUrl = path.replace(/master\.m3u8$/, "info") + (query === undefined ? "" : `?${query}`);
    const [master, info] = await Promise.all([
      fetchBytes(url, token, signal),
      fetchBytes(infoUrl, token, signal),
    ]);
    const { data } = JSON.parse(textOf(info)) as { data: { rungs: RungFacts[] } };
    const variants = parseVariants(textOf(master), new URL(url, location.href).href);
    const listed = variants.flatMap(({ name, url: playlistUrl, codecs, bitrateBps }): ListedRung[] => {
      const facts = data.rungs.find((rung) => rung.name === name);
      if (facts === undefined) return [];
      return [
        {
          name,
          url: playlistUrl,
          codecs,
          bitrateBps: facts.bitrate_bps || bitrateBps,
          sampleRateHz: facts.sample_rate_hz,
          channels: facts.channels,
          primingSamples: facts.priming_samples,
        },
      ];
    });
    return new Track(playableRungs(listed), token);
  }

  /** The rung with its playlist; `fresh` asks for the playlist anew, as it may have grown. */
  async open(name: string, signal: AbortSignal, fresh = false): Promise<OpenRung> {
    const known = this.#open.get(name);
    if (known !== undefined) {
      const rung = await known;
      if (!fresh || rung.table.samples !== null) return rung;
      return this.#remember(name, this.#load(name, signal, rung));
    }
    return this.#remember(name, this.#load(name, signal, null));
  }

  /** The coded segment, and what fetching took. */
  async fetch(rung: OpenRung, index: number, meter: Meter, signal: AbortSignal): Promise<CodedSegment> {
    const segment = rung.table.segments[index];
    if (segment === undefined) throw new RangeError(`no segment ${index}`);
    const fetched = await fetchBytes(segment.url, this.#token, signal);
    meter(fetched);
    return { bytes: fetched.bytes, frames: parseFragment(fetched.bytes) };
  }

  #remember(name: string, opening: Promise<OpenRung>): Promise<OpenRung> {
    this.#open.set(name, opening);
    opening.catch(() => {
      if (this.#open.get(name) === opening) this.#open.delete(name);
    });
    return opening;
  }

  async #load(name: string, signal: AbortSignal, known: OpenRung | null): Promise<OpenRung> {
    const listed = this.#listed.find((rung) => rung.name === name);
    if (listed === undefined) throw new RangeError(`no rung ${name}`);
    const text = textOf(await fetchBytes(listed.url, this.#token, signal));
    const playlist = parseMedia(text, new URL(listed.url, location.href).href);
    if (playlist === null) throw new NoFacts();
    const table = tableOf(playlist, listed.sampleRateHz, listed.primingSamples);
    if (known !== null) return { ...known, table };
    const decoder = this.#decoder(playlist.initUrl, signal);
    decoder.catch(() => this.#open.delete(name)); // who decodes hears of it, and the next one tries again
    return { ...listed, table, decoder };
  }

  async #decoder(initUrl: string, signal: AbortSignal): Promise<SegmentDecoder> {
    const { bytes: init } = await fetchBytes(initUrl, this.#token, signal);
    const config = parseInit(init);
    const decoder = await decoderFor(config, init);
    if (decoder === null) throw new Undecodable(`no decoder for ${config.codec}`);
    return decoder;
  }
}

/** Samples of music of one segment: decoded, without the priming in front of the first one. */
export async function decodeMusic(
  rung: OpenRung,
  segment: CodedSegment,
  previous: CodedSegment | null,
): Promise<{ from: number; channels: Float32Array[] }> {
  const channels = await (await rung.decoder).decode(segment, previous);
  const from = (segment.frames[0]?.atSamples ?? 0) - rung.primingSamples;
  if (from >= 0) return { from, channels };
  return { from: 0, channels: channels.map((channel) => channel.subarray(-from)) };
}

/** True when a segment's first samples only come out right after those of the one before. */
export function needsPrevious({ codecs }: OpenRung): boolean {
  return codecs.toLowerCase() !== "flac";
}

function textOf({ bytes }: Fetched): string {
  return new TextDecoder().decode(bytes);
}

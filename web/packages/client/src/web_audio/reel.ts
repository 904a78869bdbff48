import { isSameSource, type Source } from "../engine.js";
import { delay } from "../delay.js";
import type { CodedSegment } from "./decoding.js";
import { chooseRung, chooseToBegin } from "./rung_choice.js";
import { segmentAt } from "./segment_table.js";
import type { Throughput } from "./throughput.js";
import { decodeMusic, needsPrevious, type OpenRung, type Track } from "./track.js";

/** Samples handed to the audio thread ahead of what is heard, s. */
const AHEAD_S = 9;
/** In pieces of this length. */
const PIECE_S = 1;
/** The ring holds what is ahead, the piece under way, and a little of what was heard. */
const RING_S = 10.5;
/** With so much at hand a better rung is worth the ways to the hub that it takes. */
const CLIMBS_FROM_S = 2;
/** A little of what comes before the place that was asked for. */
const BEFORE_S = 0.25;
/** Coded segments fetched ahead of the decoder, for a line that breaks: live, and standing by. */
const FETCHED_LIVE = 6;
const FETCHED_STANDBY = 2;
/** A playlist that grows is asked for again after this. */
const GROWS_MS = 1_000;

/** Where samples go: a voice on the audio thread. */
export interface ReelSink {
  open(data: Float32Array[], sampleRateHz: number): void;
  write(start: number, block: Float32Array[]): void;
  end(samples: number): void;
  close(): void;
}

export interface ReelEvents {
  onChange: () => void;
  onFailed: (error: unknown) => void;
}

/**
 * One voice's music: fetches, decodes and hands over samples from a place on, always some seconds
 * ahead of where it is read. Memory: a ring of at most 16 s on the audio thread, one decoded segment
 * and up to seven coded ones here.
 */
export class Reel {
  readonly source: Source;
  readonly voice: number;
  readonly #sink: ReelSink;
  readonly #events: ReelEvents;
  readonly #throughput: Throughput;
  readonly #abort = new AbortController();
  readonly #fetched = new Map<number, Promise<FetchedSegment>>();
  #track: Track | null = null;
  #capacity = 0;
  #rung: string | null = null;
  /** The rung that is fetched until there is enough to begin with. */
  #begunWith: string | null = null;
  #hasBegun = false;
  /** First sample that was handed over since the last jump, and the one after the last. */
  #from = 0;
  #to = 0;
  #wantedMs: number;
  #samples: number | null = null;
  #isLive = false;
  #wake: () => void = () => undefined;

  constructor(
    source: Source,
    voice: number,
    fromMs: number,
    track: Promise<Track>,
    sink: ReelSink,
    throughput: Throughput,
    events: ReelEvents,
  ) {
    this.source = source;
    this.voice = voice;
    this.#wantedMs = fromMs;
    this.#sink = sink;
    this.#throughput = throughput;
    this.#events = events;
    this.#run(track).catch((error: unknown) => {
      if (!this.#abort.signal.aborted) events.onFailed(error);
    });
  }

  /** Null until the track is known. */
  get sampleRateHz(): number | null {
    return this.#track?.sampleRateHz ?? null;
  }

  get rung(): string | null {
    return this.#rung;
  }

  /** Length of the track; null while it may still grow. */
  get durationMs(): number | null {
    const hz = this.sampleRateHz;
    return hz === null || this.#samples === null ? null : (this.#samples * 1_000) / hz;
  }

  /** Samples at hand from `positionMs` on, ms. */
  aheadMs(positionMs: number): number {
    const hz = this.sampleRateHz;
    if (hz === null || !this.#holds(positionMs)) return 0;
    return Math.max(0, (this.#to * 1_000) / hz - positionMs);
  }

  /** True when a voice could begin there: `forMs` are at hand, or all there is. */
  isReady(positionMs: number, forMs: number): boolean {
    const isWhole = this.#samples !== null && this.#to >= this.#samples;
    return this.#holds(positionMs) && (isWhole || this.aheadMs(positionMs) >= forMs);
  }

  /** True when it is on its way to `positionMs`, or there. */
  serves(source: Source, positionMs: number): boolean {
    if (!isSameSource(this.source, source)) return false;
    const hz = this.sampleRateHz;
    if (hz === null) return Math.abs(positionMs - this.#wantedMs) < AHEAD_S * 1_000;
    return positionMs >= this.#oldestMs(hz) && positionMs <= (this.#to * 1_000) / hz + AHEAD_S * 1_000;
  }

  /** Where it is read now, or will be from: what keeps it ahead. */
  advance(positionMs: number, isLive: boolean): void {
    this.#wantedMs = Math.max(0, positionMs);
    this.#isLive = isLive;
    this.#wake();
  }

  close(): void {
    this.#abort.abort();
    this.#wake();
    this.#sink.close();
  }

  #oldestMs(hz: number): number {
    return (Math.max(this.#from, this.#to - this.#capacity) * 1_000) / hz;
  }

  #holds(positionMs: number): boolean {
    const hz = this.sampleRateHz;
    if (hz === null || this.#to === this.#from) return false;
    return positionMs >= this.#oldestMs(hz) - 1e-3;
  }

  async #run(loading: Promise<Track>): Promise<void> {
    const { signal } = this.#abort;
    const track = (this.#track = await loading);
    signal.throwIfAborted();
    const hz = track.sampleRateHz;
    this.#capacity = 2 ** Math.ceil(Math.log2(RING_S * hz));
    const data = Array.from({ length: track.channels }, () => new Float32Array(this.#capacity));
    this.#sink.open(data, hz);
    this.#from = this.#to = this.#startOf(hz);
    for (;;) {
      signal.throwIfAborted();
      const wanted = this.#startOf(hz);
      if (wanted > this.#to) {
        this.#from = this.#to = wanted; // it was overtaken: go on there
        this.#hasBegun = false;
        this.#begunWith = this.#rung;
      }
      if (this.#to - wanted > AHEAD_S * hz || this.#isWhole) await this.#woken();
      else await this.#next(track, hz);
    }
  }

  get #isWhole(): boolean {
    return this.#samples !== null && this.#to >= this.#samples;
  }

  #startOf(hz: number): number {
    return Math.max(0, Math.floor((this.#wantedMs / 1_000 - BEFORE_S) * hz));
  }

  /** Hands over what is left of the segment at hand. */
  async #next(track: Track, hz: number): Promise<void> {
    const { signal } = this.#abort;
    const sample = this.#to;
    const found = await this.#segmentFor(track, sample);
    if (found === null) return;
    const { from, channels } = await decodeMusic(found.rung, found.segment, found.previous);
    signal.throwIfAborted();
    this.#rung = found.rung.name;
    const count = channels[0]?.length ?? 0;
    for (let at = sample - from; at < count; at += PIECE_S * hz) {
      if (this.#startOf(hz) > this.#to + count) return; // it was overtaken
      while (this.#to - this.#startOf(hz) > AHEAD_S * hz) await this.#woken();
      const block = channels.map((channel) => channel.slice(at, at + PIECE_S * hz));
      const start = this.#to;
      this.#to += Math.min(PIECE_S * hz, count - at);
      this.#hasBegun ||= this.#to - this.#startOf(hz) >= CLIMBS_FROM_S * hz;
      this.#sink.write(start, block); // its memory goes along
      this.#events.onChange();
    }
  }

  /** The segment with `sample`, and those after it on their way; null at the end of the track. */
  async #segmentFor(track: Track, sample: number): Promise<FetchedSegment | null> {
    const { signal } = this.#abort;
    let rung = await track.open(this.#choose(track), signal);
    let index = segmentAt(rung.table, sample);
    while (index === null && rung.table.samples === null) {
      await delay(GROWS_MS, signal);
      rung = await track.open(rung.name, signal, true);
      index = segmentAt(rung.table, sample);
    }
    this.#learnLength(rung);
    if (index === null) return null;
    for (const known of this.#fetched.keys()) if (known < index) this.#fetched.delete(known);
    const segment = await this.#fetch(track, index);
    this.#fetchAhead(track, index + 1, this.#isLive ? FETCHED_LIVE : FETCHED_STANDBY);
    return segment;
  }

  #learnLength({ table }: OpenRung): void {
    if (table.samples === null || this.#samples !== null) return;
    this.#samples = table.samples;
    this.#sink.end(table.samples);
    this.#events.onChange();
  }

  #fetch(track: Track, index: number): Promise<FetchedSegment> {
    const known = this.#fetched.get(index);
    if (known !== undefined) return known;
    const fetching = this.#fetchNow(track, index);
    this.#fetched.set(index, fetching);
    fetching.catch(() => this.#fetched.delete(index));
    return fetching;
  }

  async #fetchNow(track: Track, index: number): Promise<FetchedSegment> {
    const { signal } = this.#abort;
    const rung = await track.open(this.#choose(track), signal);
    const { note } = this.#throughput;
    const before = await this.#fetched.get(index - 1)?.catch(() => null);
    const segment = track.fetch(rung, index, note, signal);
    let previous: CodedSegment | null = null;
    if (index > 0 && needsPrevious(rung)) {
      const isThere = before?.rung.name === rung.name;
      previous = isThere ? before.segment : await track.fetch(rung, index - 1, note, signal);
    }
    return { rung, segment: await segment, previous };
  }

  /** One after the other, so that the one that is needed next has the line for itself. */
  #fetchAhead(track: Track, index: number, count: number): void {
    if (count === 0 || this.#abort.signal.aborted) return;
    track
      .open(this.#choose(track), this.#abort.signal)
      .then(({ table }) => (index < table.segments.length ? this.#fetch(track, index) : null))
      .then((fetched) => fetched && this.#fetchAhead(track, index + 1, count - 1))
      .catch(() => undefined); // asked for again when it is due
  }

  #choose(track: Track): string {
    const { bps } = this.#throughput;
    if (this.#hasBegun) return chooseRung(track.rungs, bps, this.#rung)?.name ?? "";
    return (this.#begunWith = chooseToBegin(track.rungs, bps, this.#begunWith)?.name ?? "");
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

interface FetchedSegment {
  readonly rung: OpenRung;
  readonly segment: CodedSegment;
  /** The one before, of the same rung, where the codec needs it. */
  readonly previous: CodedSegment | null;
}

import { AppendQueue } from "./append_queue.js";
import { mimeOf, playableCodecs } from "./chunk_codecs.js";
import { ChunkParts, type WholeChunk } from "./chunk_parts.js";
import { aheadMs, spanOf } from "./buffered.js";
import type { PlayerLink } from "./player_link.js";
import type { ChunkEvent, PlayerOpened, Quality } from "../wire/chunks.js";
import { creditsFor } from "./chunk_window.js";
import { asHubError } from "../errors.js";
import { ThroughputMeter } from "./throughput.js";
import type { Id } from "../wire/wire.js";

const REPORT_EVERY_MS = 2_000;
const REQUEST_TIMEOUT_MS = 8_000;
/** A position this close to what is to come is no jump. */
const SAME_PLACE_MS = 250;

export interface ChunkPlayerOptions {
  link: PlayerLink;
  element: HTMLMediaElement;
  trackId: Id;
  quality?: Quality;
  startMs?: number;
  /** Called once, when it cannot go on; the address plays the same over HLS. */
  onFailed: (code: string) => void;
  onRung?: (rung: string) => void;
}

/**
 * Plays a track that it pulls over the hub's own connection into a media element (Media Source
 * Extensions): whole fragments, asked for with credits, of the rung that the hub chooses by what
 * the line carries. The element stays its owner's: play, pause and seek it as any other.
 */
export class ChunkPlayer {
  readonly #options: ChunkPlayerOptions;
  readonly #element: HTMLMediaElement;
  readonly #source = new MediaSource();
  readonly #url: string;
  readonly #parts = new ChunkParts();
  readonly #meter = new ThroughputMeter();
  readonly #undo: (() => void)[] = [];
  #opened: PlayerOpened | null = null;
  #queue: AppendQueue | null = null;
  #reporter: ReturnType<typeof setInterval> | undefined;
  /** The chunk that has to come next. */
  #expected = 0;
  /** The next one to ask for. */
  #nextIndex = 0;
  /** Where the last chunk taken ends; after a jump, where it led to. */
  #takenUntilMs = 0;
  #lastRung: string | null = null;
  #underruns = 0;
  /** Each jump has a number, so that what an older one answers late is not heard. */
  #jump = 0;
  #jumping = false;
  #closed = false;

  /** Whether this browser can play so at all. */
  static isSupported(): boolean {
    return playableCodecs().length > 0;
  }

  constructor(options: ChunkPlayerOptions) {
    this.#options = options;
    this.#element = options.element;
    this.#url = URL.createObjectURL(this.#source);
    this.#source.addEventListener("sourceopen", () => void this.#start(), { once: true });
    this.#element.src = this.#url;
  }

  /** Name of the rung that came last. */
  get rung(): string | null {
    return this.#lastRung;
  }

  /** Sound at hand from the position on. */
  get bufferedMs(): number {
    return aheadMs(this.#element);
  }

  /** Lets the element and the hub's player go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#reporter);
    this.#undo.forEach((undo) => undo());
    this.#queue?.release();
    URL.revokeObjectURL(this.#url);
    const playerId = this.#opened?.player_id;
    if (playerId !== undefined) {
      const closing = this.#options.link.request("player:close", { player_id: playerId });
      closing.catch(() => undefined); // it ends with the connection anyway
    }
  }

  async #start(): Promise<void> {
    if (this.#closed) return;
    const { link, startMs = 0 } = this.#options;
    const listen = (name: string, work: () => void): void => {
      this.#element.addEventListener(name, work);
      this.#undo.push(() => this.#element.removeEventListener(name, work));
    };
    listen("seeking", () => void this.#onSeeking());
    listen("timeupdate", () => this.#fill());
    listen("waiting", () => this.#onWaiting());
    this.#undo.push(
      link.on("media:chunk", (payload) => this.#onChunk(payload as ChunkEvent)),
      link.on("player:failed", (payload) => this.#onEnded(payload as { player_id: Id })),
      link.on("player:ended", (payload) => {
        const ended = payload as { player_id: Id; reason: string };
        if (ended.reason === "expired") this.#onEnded(ended);
      }),
    );
    await this.#open(startMs);
    if (this.#closed) return;
    // A connection that came back knows nothing of the players of the old one.
    this.#undo.push(link.onOnline(() => void this.#open(this.#wantedMs())));
    this.#reporter = setInterval(() => void this.#report(), REPORT_EVERY_MS);
    if (startMs > 0) this.#element.currentTime = startMs / 1000;
  }

  async #open(positionMs: number): Promise<void> {
    const jump = ++this.#jump;
    this.#jumping = true;
    this.#opened = null;
    const { link, trackId, quality = "auto" } = this.#options;
    const ask = {
      track_id: trackId,
      quality,
      position_ms: Math.floor(positionMs),
      codecs: playableCodecs(),
    };
    try {
      const opened = await link.request("player:open", ask, { retry: false });
      if (jump !== this.#jump || this.#closed) return;
      this.#opened = opened;
      this.#prepare(opened);
      this.#goOnAt(opened.from_index, positionMs);
    } catch (thrown) {
      const { code } = asHubError(thrown);
      // Without a connection there will be another try as soon as there is one.
      if (jump === this.#jump && code !== "DISCONNECTED" && code !== "TIMEOUT") this.#fail(code);
      else if (this.#queue === null) this.#fail(code);
    }
  }

  #prepare(opened: PlayerOpened): void {
    if (this.#queue !== null) return;
    const codec = opened.rungs.find(({ id }) => id === opened.rung)?.codec;
    if (codec === undefined) throw new Error("no codec");
    this.#source.duration = opened.duration_ms / 1000;
    const buffer = this.#source.addSourceBuffer(mimeOf(codec));
    buffer.appendWindowEnd = opened.duration_ms / 1000;
    this.#queue = new AppendQueue(buffer, codec, this.#element, {
      onAppended: (chunk) => this.#onAppended(chunk),
      onFailed: (error) => this.#fail(String(error)),
    });
  }

  #goOnAt(index: number, positionMs: number): void {
    this.#expected = this.#nextIndex = index;
    this.#takenUntilMs = positionMs;
    this.#jumping = false;
    this.#meter.dropped();
    this.#fill();
  }

  // -------------------------------------------------------------------------- asking for chunks

  #fill(): void {
    const opened = this.#opened;
    if (opened === null || this.#jumping || this.#closed) return;
    const credits = creditsFor({
      nextIndex: this.#nextIndex,
      chunks: opened.chunks,
      chunkMs: opened.chunk_ms,
      bufferedMs: this.bufferedMs + (this.#queue?.waitingMs ?? 0),
      underWay: this.#nextIndex - this.#expected,
    });
    if (credits === 0) return;
    const jump = this.#jump;
    const request = { player_id: opened.player_id, from_index: this.#nextIndex, credits };
    this.#nextIndex += credits;
    this.#meter.asked(performance.now());
    const options = { timeoutMs: REQUEST_TIMEOUT_MS, retry: false };
    this.#options.link.request("player:request", request, options).then(
      (granted) => {
        if (jump !== this.#jump || granted.credits === credits) return;
        this.#nextIndex -= credits - granted.credits;
      },
      (thrown: unknown) => {
        if (jump === this.#jump) this.#onRefused(asHubError(thrown).code);
      },
    );
  }

  #onRefused(code: string): void {
    if (code === "DISCONNECTED") return; // `onOnline` opens anew
    if (code === "NOT_FOUND" || code === "TIMEOUT") void this.#open(this.#wantedMs());
    else if (code === "RATE_LIMITED") this.#goOnAt(this.#expected, this.#takenUntilMs);
    else this.#fail(code);
  }

  #onEnded({ player_id }: { player_id: Id }): void {
    // Opening again helps, or says why not.
    if (player_id === this.#opened?.player_id) void this.#open(this.#wantedMs());
  }

  // ------------------------------------------------------------------------------ what comes in

  #onChunk(event: ChunkEvent): void {
    if (event.player_id !== this.#opened?.player_id || this.#jumping || this.#closed) return;
    const chunk = this.#parts.add(event);
    const more = chunk === null || this.#nextIndex > chunk.index + 1;
    this.#meter.arrived(event.data.byteLength, performance.now(), more);
    if (chunk === null || chunk.index !== this.#expected) return;
    if (!chunk.hasInit && chunk.rung !== this.#lastRung) return; // of before a jump
    if (chunk.rung !== this.#lastRung) this.#options.onRung?.(chunk.rung);
    this.#lastRung = chunk.rung;
    this.#expected++;
    this.#takenUntilMs = chunk.startMs + chunk.durationMs;
    this.#queue?.add(chunk);
    this.#fill();
  }

  #onAppended(chunk: WholeChunk): void {
    if (chunk.last && this.#queue?.isIdle && this.#source.readyState === "open") {
      this.#source.endOfStream();
    }
    this.#fill();
  }

  // --------------------------------------------------------------------------- where we are

  async #onSeeking(): Promise<void> {
    const opened = this.#opened;
    const wantedMs = this.#wantedMs();
    if (opened === null) {
      if (this.#queue !== null) await this.#open(wantedMs); // on its way, to another place
      return;
    }
    const isNext = Math.abs(wantedMs - this.#takenUntilMs) < SAME_PLACE_MS;
    if ((isNext && !this.#jumping) || wantedMs >= opened.duration_ms - 1) return;
    const jump = ++this.#jump;
    this.#jumping = true;
    this.#queue?.clear();
    const ask = { player_id: opened.player_id, position_ms: Math.floor(wantedMs) };
    try {
      const sought = await this.#options.link.request("player:seek", ask, { retry: false });
      if (jump === this.#jump) this.#goOnAt(sought.from_index, wantedMs);
    } catch (thrown) {
      if (jump === this.#jump) this.#onRefused(asHubError(thrown).code);
    }
  }

  /** From where on nothing is at hand: the end of what is buffered here, or the position itself. */
  #wantedMs(): number {
    return spanOf(this.#element)?.endMs ?? this.#element.currentTime * 1000;
  }

  #onWaiting(): void {
    const hasBegun = this.#element.currentTime > 0 && this.#lastRung !== null;
    if (hasBegun && !this.#element.seeking && !this.#element.ended) this.#underruns++;
    this.#fill();
  }

  async #report(): Promise<void> {
    const opened = this.#opened;
    if (opened === null || this.#jumping) return;
    const throughput = this.#meter.take();
    if (throughput === null && this.#element.paused) return;
    const report = {
      player_id: opened.player_id,
      throughput_bps: throughput,
      buffer_ms: Math.floor(this.bufferedMs),
      underruns: this.#underruns,
    };
    const options = { timeoutMs: REQUEST_TIMEOUT_MS, retry: false };
    await this.#options.link.request("player:metrics", report, options).catch(() => undefined);
  }

  #fail(code: string): void {
    if (this.#closed) return;
    this.close();
    this.#options.onFailed(code);
  }
}

import { mimeOf } from "./chunk_codecs.js";
import type { WholeChunk } from "./chunk_parts.js";

/** What has been played stays for this long, for a small step back. */
const KEEP_BEHIND_S = 30;
const KEEP_BEHIND_TIGHT_S = 5;

export interface AppendEvents {
  onAppended: (chunk: WholeChunk) => void;
  onFailed: (error: unknown) => void;
}

/** Appends chunks to a SourceBuffer one after the other, which is all that it bears. */
export class AppendQueue {
  readonly #buffer: SourceBuffer;
  readonly #element: HTMLMediaElement;
  readonly #events: AppendEvents;
  readonly #waiting: WholeChunk[] = [];
  #current: WholeChunk | null = null;
  #codec: string;
  #hasMadeRoom = false;

  constructor(
    buffer: SourceBuffer,
    codec: string,
    element: HTMLMediaElement,
    events: AppendEvents,
  ) {
    this.#buffer = buffer;
    this.#codec = codec;
    this.#element = element;
    this.#events = events;
    buffer.addEventListener("updateend", this.#onUpdateEnd);
    buffer.addEventListener("error", this.#onError);
  }

  /** Sound that waits to be appended. */
  get waitingMs(): number {
    const waiting = this.#current ? [this.#current, ...this.#waiting] : this.#waiting;
    return waiting.reduce((sum, chunk) => sum + chunk.durationMs, 0);
  }

  get isIdle(): boolean {
    return this.#current === null && this.#waiting.length === 0 && !this.#buffer.updating;
  }

  add(chunk: WholeChunk): void {
    this.#waiting.push(chunk);
    this.#next();
  }

  /** Forgets what has not been appended. */
  clear(): void {
    this.#waiting.length = 0;
  }

  release(): void {
    this.clear();
    this.#buffer.removeEventListener("updateend", this.#onUpdateEnd);
    this.#buffer.removeEventListener("error", this.#onError);
  }

  #next(): void {
    const chunk = this.#waiting[0];
    if (chunk === undefined || this.#current !== null || this.#buffer.updating) return;
    try {
      if (chunk.codec !== this.#codec) {
        this.#buffer.changeType(mimeOf(chunk.codec));
        this.#codec = chunk.codec;
      }
      this.#buffer.appendBuffer(chunk.data as BufferSource);
      this.#current = chunk;
      this.#waiting.shift();
    } catch (error) {
      const isFull = error instanceof DOMException && error.name === "QuotaExceededError";
      if (!isFull || this.#hasMadeRoom || !this.#makeRoom(KEEP_BEHIND_TIGHT_S)) {
        this.#events.onFailed(error);
      }
      this.#hasMadeRoom = true;
    }
  }

  readonly #onUpdateEnd = (): void => {
    const chunk = this.#current;
    this.#current = null;
    if (chunk !== null) {
      this.#hasMadeRoom = false;
      this.#events.onAppended(chunk);
      if (this.#waiting.length === 0 && this.#makeRoom(KEEP_BEHIND_S)) return;
    }
    this.#next();
  };

  readonly #onError = (): void => this.#events.onFailed(new Error("The browser cannot decode this."));

  /** Lets go of what was played long ago; true when that has begun. */
  #makeRoom(keepS: number): boolean {
    const { buffered } = this.#buffer;
    const untilS = this.#element.currentTime - keepS;
    if (buffered.length === 0 || this.#buffer.updating || buffered.start(0) >= untilS - keepS) {
      return false;
    }
    this.#buffer.remove(0, untilS);
    return true;
  }
}

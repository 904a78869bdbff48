import type { ChunkEvent } from "../wire/chunks.js";

/** One whole fragment, with the init segment in front of it where `hasInit`. */
export interface WholeChunk {
  index: number;
  startMs: number;
  durationMs: number;
  rung: string;
  codec: string;
  hasInit: boolean;
  last: boolean;
  data: Uint8Array;
}

/** Joins the parts of fragments that are too long for one attachment. */
export class ChunkParts {
  #index = -1;
  #parts: Uint8Array[] = [];
  #hasInit = false;

  /** The chunk that `event` completes; null while parts of it are missing. */
  add(event: ChunkEvent): WholeChunk | null {
    const part = event.part ?? 0;
    if (part === 0) {
      this.#index = event.index;
      this.#parts = [];
      this.#hasInit = event.init !== undefined;
    } else if (event.index !== this.#index || part !== this.#parts.length) {
      return null; // the rest of a chunk that a jump has cut off
    }
    this.#parts.push(new Uint8Array(event.data));
    if (this.#parts.length < (event.parts ?? 1)) return null;
    const data = joined(this.#parts);
    this.#parts = [];
    this.#index = -1;
    return {
      index: event.index,
      startMs: event.start_ms,
      durationMs: event.duration_ms,
      rung: event.rung,
      codec: event.codec,
      hasInit: this.#hasInit,
      last: event.last ?? false,
      data,
    };
  }
}

function joined(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

import { isSameSource, lineAt, type Cue, type Source } from "../engine.js";
import type { Agenda } from "../agenda.js";
import type { Reel } from "./reel.js";
import type { Reels } from "./reels.js";
import type { Staging } from "./staging.js";

/** Nearer than this, what is heard goes on and is only bent to the new line. */
const BEND_MS = 40;
/** A track that begins within this of the end of the one before joins it without a gap. */
const JOIN_MS = 150;
/** What begins in the middle of its music begins softly. */
const SOFT_MS = 10;

/** Where a cue is at hub time `nowMs`, or where it will begin; ms into the track. */
export function placeOf(cue: Cue, nowMs: number): number {
  return Math.max(0, lineAt(cue, Math.max(nowMs, cue.atMs)));
}

/** Which reel plays which cue. */
export class Casting {
  readonly #agenda: Agenda;
  readonly #staging: Staging;
  readonly #reels: Reels;

  constructor(agenda: Agenda, staging: Staging, reels: Reels) {
    this.#agenda = agenda;
    this.#staging = staging;
    this.#reels = reels;
  }

  /** The cue in effect, unless the audio thread has gone over to the next one already. */
  get leading(): Cue | null {
    const { current, next } = this.#agenda;
    return next !== null && this.#staging.enacted.cue === next ? null : current;
  }

  /** The reel for a cue: the one that is heard when it is only bent, else one that stands there. */
  reelFor(cue: Cue, nowMs: number): Reel {
    const staged = this.#staging.of(cue);
    if (staged?.reel) return staged.reel;
    const heard = this.#staging.enacted;
    if (heard.reel !== null && this.#isBend(heard.cue, cue, nowMs)) return heard.reel;
    return this.#reels.for(cue.source, placeOf(cue, nowMs), heard.reel);
  }

  /** True when the cue begins where what is heard ends. */
  joins(cue: Cue): boolean {
    const { cue: heard, reel } = this.#staging.enacted;
    const durationMs = reel?.durationMs ?? null;
    if (heard === null || durationMs === null || cue.positionMs > 1 || cue.rate !== heard.rate) {
      return false;
    }
    return Math.abs(lineAt(heard, cue.atMs) - durationMs) < JOIN_MS;
  }

  /** `crossfadeMs`: for a track that is left before its end. */
  fadeMs(cue: Cue, crossfadeMs: number): number {
    const { cue: heard } = this.#staging.enacted;
    const isOther = heard?.running && !isSameSource(heard.source, cue.source);
    if (isOther && crossfadeMs > 0) return crossfadeMs;
    return cue.positionMs < 1 ? 0 : SOFT_MS;
  }

  /** Keeps the reels ahead of where they are or will be read, and lets the others go. */
  feed(nowMs: number, prepared: { source: Source; positionMs: number } | null): void {
    const needed = new Set<Reel>();
    for (const { cue, reel } of this.#staging.all) {
      if (cue === null || reel === null) continue;
      reel.advance(placeOf(cue, nowMs), true);
      needed.add(reel);
    }
    const bring = (reel: Reel, positionMs: number, isUrgent: boolean): void => {
      if (!needed.has(reel)) reel.advance(positionMs, isUrgent);
      needed.add(reel);
    };
    for (const cue of [this.leading, this.#agenda.next]) {
      if (cue === null || (cue.running && this.#staging.of(cue))) continue;
      bring(this.reelFor(cue, nowMs), placeOf(cue, nowMs), cue === this.#agenda.current);
    }
    if (prepared !== null) {
      const { source, positionMs } = prepared;
      bring(this.#reels.for(source, positionMs, this.#staging.enacted.reel), positionMs, false);
    }
    this.#reels.keep(needed);
  }

  #isBend(heard: Cue | null, cue: Cue, nowMs: number): boolean {
    if (!heard?.running || !isSameSource(heard.source, cue.source)) return false;
    const atMs = Math.max(nowMs, cue.atMs);
    return Math.abs(lineAt(heard, atMs) - lineAt(cue, atMs)) < BEND_MS;
  }
}

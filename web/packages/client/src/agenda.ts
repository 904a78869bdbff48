/** What was decided for when: cues, the one in effect and those to come. Pure but for its own state. */
import { isSameSource, lineAt, type Cue } from "./engine.js";

/** Two lines closer than this are the same line, read from two messages. */
const SAME_LINE_MS = 0.5;

export class Agenda {
  /** In effect; null before the first. */
  current: Cue | null = null;
  /** Decided but not in effect yet, by ascending `atMs`. */
  upcoming: readonly Cue[] = [];

  get next(): Cue | null {
    return this.upcoming[0] ?? null;
  }

  /** False when the cue says nothing new. */
  decide(cue: Cue, nowMs: number): boolean {
    const last = this.upcoming.at(-1) ?? this.current;
    if (last !== null && isSameLine(last, cue, nowMs)) return false;
    this.upcoming = withCue(this.upcoming, cue, nowMs);
    return true;
  }

  /** Makes current what has become due. */
  advance(nowMs: number): void {
    for (let next = this.next; next !== null && next.atMs <= nowMs; next = this.next) {
      this.current = next;
      this.upcoming = this.upcoming.slice(1);
    }
  }

  clear(): void {
    this.current = null;
    this.upcoming = [];
  }
}

/** A decision takes the place of what was to come after it, and leaves what comes before. */
export function withCue(upcoming: readonly Cue[], cue: Cue, nowMs: number): Cue[] {
  const before = cue.atMs <= nowMs ? [] : upcoming.filter(({ atMs }) => atMs < cue.atMs);
  return [...before, cue];
}

export function isSameLine(a: Cue, b: Cue, nowMs: number): boolean {
  const atMs = Math.max(nowMs, a.atMs, b.atMs);
  const near = Math.abs(lineAt(a, atMs) - lineAt(b, atMs)) < SAME_LINE_MS;
  return isSameSource(a.source, b.source) && a.running === b.running && a.rate === b.rate && near;
}

/** What a listener is told of the engine's state: pure. */
import { isSameSource, type Cue, type EngineState } from "../engine.js";
import type { Agenda } from "../agenda.js";
import type { Report } from "./mixer.js";
import type { Staging } from "./staging.js";

/** So shortly before its moment, what is not ready yet is `loading`. */
const SOON_MS = 1_000;

type Planned = Pick<Staging, "enacted" | "of">;

export function stateOf(
  { current, next }: Pick<Agenda, "current" | "next">,
  staging: Planned,
  report: Report | null,
  nowMs: number,
): EngineState {
  if (current === null && next === null) return "idle";
  if (current?.running) return sounding(current, next, staging, report);
  if (next === null) return "paused";
  const isFar = nowMs < next.atMs - SOON_MS;
  return isFar || !next.running || staging.of(next) ? "waiting" : "loading";
}

function sounding(
  current: Cue,
  next: Cue | null,
  { enacted: { cue } }: Planned,
  report: Report | null,
): EngineState {
  // What comes next may have begun on the audio thread; what is heard is still the one before.
  if (cue !== null && cue === next) return "playing";
  if (!report || !cue?.running || !isSameSource(cue.source, current.source)) return "loading";
  if (report.hasEnded) return "waiting";
  return report.isStarving ? "loading" : "playing";
}

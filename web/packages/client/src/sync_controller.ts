/**
 * Holds a player on the shared timeline by small changes of its rate: pure, time is an argument.
 *
 * It looks (median of a window of samples), corrects once (a pulse: the rate off by a share for a
 * while), waits until the player has settled, and looks again. Correcting continuously makes media
 * elements hunt, since their clock answers late and coarsely; one pulse and a pause do not.
 */

import { median } from "./median.js";

export interface ControllerTuning {
  /** Drift below this is left alone, ms. */
  deadBandMs: number;
  /** From here on only a jump helps, ms. */
  seekFromMs: number;
  /** Largest share by which the rate is changed. */
  maxShare: number;
  /** A pulse aims to last this long: short enough to be over soon, long enough for coarse timers. */
  pulseMs: number;
  /** A pulse is cut off here and looked at again. */
  maxPulseMs: number;
  /** Pause after a pulse or a jump. */
  settleMs: number;
  /** The first part of the pause, in which samples still show the correction. */
  blindMs: number;
}

/** While it sounds: within ±3 %, never a jump below 250 ms (design: nudge, do not seek). */
export const AUDIBLE: ControllerTuning = {
  deadBandMs: 1.5,
  seekFromMs: 250,
  maxShare: 0.03,
  pulseMs: 600,
  maxPulseMs: 4_000,
  settleMs: 600,
  blindMs: 200,
};

/** Before it sounds nobody hears the rate: be quick. */
export const SILENT: ControllerTuning = {
  deadBandMs: 2,
  seekFromMs: 120,
  maxShare: 0.08,
  pulseMs: 200,
  maxPulseMs: 1_000,
  settleMs: 260,
  blindMs: 120,
};

const MIN_SAMPLES = 4;
const MAX_SAMPLES = 12;
/** The dead band is never narrower than what the samples themselves scatter. */
const NOISE_FACTOR = 1.5;

export type ControllerPhase =
  | { kind: "looking" }
  | { kind: "pulse"; untilMs: number }
  | { kind: "settling"; blindUntilMs: number; untilMs: number };

export interface ControllerState {
  readonly phase: ControllerPhase;
  /** Drift of the last samples, ms, oldest first. */
  readonly samples: readonly number[];
}

/** What the player has to do now. `share` is of the shared rate: +0.01 plays 1 % faster. */
export type Correction =
  | { kind: "none" }
  | { kind: "pulse"; share: number; untilMs: number }
  | { kind: "steady" }
  | { kind: "seek"; driftMs: number };

/** The controller right after a start or a jump, at `nowMs`. */
export function settling(nowMs: number, tuning: ControllerTuning): ControllerState {
  return {
    phase: {
      kind: "settling",
      blindUntilMs: nowMs + tuning.blindMs,
      untilMs: nowMs + tuning.settleMs,
    },
    samples: [],
  };
}

/**
 * One look at the player. `driftMs` is its position minus the timeline's (ahead is positive);
 * `tickMs` is how far apart looks are now, which a hidden page stretches to a second or more.
 */
export function control(
  state: ControllerState,
  nowMs: number,
  driftMs: number,
  tickMs: number,
  tuning: ControllerTuning = AUDIBLE,
): { state: ControllerState; correction: Correction } {
  const { phase } = state;
  if (phase.kind === "pulse") {
    if (nowMs < phase.untilMs) return { state, correction: { kind: "none" } };
    return { state: settling(nowMs, tuning), correction: { kind: "steady" } };
  }
  if (phase.kind === "settling" && nowMs < phase.blindUntilMs) {
    return { state, correction: { kind: "none" } };
  }
  const samples = [...state.samples, driftMs].slice(-MAX_SAMPLES);
  const enough =
    samples.length >= MIN_SAMPLES && (phase.kind === "looking" || nowMs >= phase.untilMs);
  if (!enough) return { state: { phase, samples }, correction: { kind: "none" } };
  const looking: ControllerState = { phase: { kind: "looking" }, samples };
  return decide(looking, nowMs, tickMs, tuning);
}

/** The drift as far as the samples tell, ms; null while there are too few. */
export function steadyDrift({ samples }: ControllerState): number | null {
  return samples.length < MIN_SAMPLES ? null : median(samples);
}

function decide(
  state: ControllerState,
  nowMs: number,
  tickMs: number,
  tuning: ControllerTuning,
): { state: ControllerState; correction: Correction } {
  const driftMs = median(state.samples);
  const size = Math.abs(driftMs);
  if (size > tuning.seekFromMs) {
    return { state: settling(nowMs, tuning), correction: { kind: "seek", driftMs } };
  }
  const noiseMs = median(state.samples.map((sample) => Math.abs(sample - driftMs)));
  if (size <= Math.max(tuning.deadBandMs, NOISE_FACTOR * noiseMs)) {
    return { state, correction: { kind: "none" } };
  }
  // A pulse must outlast a tick, or a throttled timer would let it run far too long.
  const aimMs = Math.max(tuning.pulseMs, 2 * tickMs);
  const share = Math.min(tuning.maxShare, size / aimMs);
  const lastsMs = Math.min(size / share, Math.max(tuning.maxPulseMs, aimMs));
  const untilMs = nowMs + lastsMs;
  return {
    state: { phase: { kind: "pulse", untilMs }, samples: [] },
    correction: { kind: "pulse", share: driftMs > 0 ? -share : share, untilMs },
  };
}

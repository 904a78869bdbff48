/**
 * How what is heard pursues its line: pure, one decision a block.
 *
 * Within the dead band samples are played as they are. Beyond it the speed is changed by at most
 * 0.2 % (0.6 % from 6 ms on), which nobody hears; what is farther off than 40 ms, or than 3 ms after
 * a step of the device's clock, jumps under a short fade.
 */

/** Farther off than this, a correction begins. */
const DEAD_BAND_MS = 0.15;
/** And ends when it is nearer than this. */
const DONE_MS = 0.01;
/** The speed that would be right in this time, within the limits. */
const AIM_MS = 250;
const GENTLE_SHARE = 0.002;
const BRISK_SHARE = 0.006;
const BRISK_FROM_MS = 6;
const JUMP_FROM_MS = 40;
const JUMP_AFTER_STEP_MS = 3;

export type Pursuit = "holding" | "correcting";

export interface Decision {
  readonly pursuit: Pursuit;
  /** Share by which the speed differs from the line's. */
  readonly share: number;
  readonly jumps: boolean;
}

/** `errorMs`: position minus line, ahead is positive; `stepped`: the line was just moved knowingly. */
export function pursue(pursuit: Pursuit, errorMs: number, stepped: boolean): Decision {
  const size = Math.abs(errorMs);
  if (size > (stepped ? JUMP_AFTER_STEP_MS : JUMP_FROM_MS)) {
    return { pursuit: "holding", share: 0, jumps: true };
  }
  const isOff = size > (pursuit === "correcting" ? DONE_MS : DEAD_BAND_MS);
  if (!isOff) return { pursuit: "holding", share: 0, jumps: false };
  const most = size > BRISK_FROM_MS ? BRISK_SHARE : GENTLE_SHARE;
  const share = Math.min(most, Math.max(-most, -errorMs / AIM_MS));
  return { pursuit: "correcting", share, jumps: false };
}

import type { AudioOutput } from "./audio_output.js";
import { isSettled } from "./output_map.js";
import { driftOf, sampleLineOf } from "./placing.js";
import type { Staging } from "./staging.js";

const LINE_EVERY_MS = 200;
/**
 * A newcomer waits in silence for the device's clock, but no longer than this: some ms off at first are
 * better than seconds of silence.
 */
const PATIENCE_MS = 900;
/** A line of the old cue, said so shortly before a bend of the same voice, could arrive after it. */
const QUIET_BEFORE_BEND_MS = 1_000;

/** Keeps the audio thread on the line that is in effect. */
export class Pilot {
  readonly #output: AudioOutput;
  readonly #staging: Staging;
  #steps = 0;
  #wasSteady = false;
  /** The device's clock has been readable: before, what is heard stands on a guess. */
  #hasSettled = false;
  #saidAtMs = 0;

  constructor(output: AudioOutput, staging: Staging) {
    this.#output = output;
    this.#staging = staging;
  }

  /** True when the device's clock can be read, or had its time. */
  isSteady(pageMs: number): boolean {
    const { map } = this.#output;
    const hadItsTime = map.sinceMs !== null && pageMs - map.sinceMs > PATIENCE_MS;
    const isSteady = isSettled(map) || hadItsTime;
    if (!isSteady) this.#wasSteady = false;
    return isSteady;
  }

  /** The line was moved knowingly: the next word about it says so. */
  expectStep(): void {
    this.#wasSteady = false;
  }

  /** Tells the audio thread where it should be. */
  steer(nowMs: number, pageMs: number): void {
    const { cue, reel } = this.#staging.enacted;
    if (cue === null || reel === null || !cue.running || !this.isSteady(pageMs)) return;
    const { map } = this.#output;
    const settlesNow = !this.#hasSettled && isSettled(map);
    const stepped = this.#steps !== map.steps || !this.#wasSteady || settlesNow;
    if (!stepped && pageMs - this.#saidAtMs < LINE_EVERY_MS) return;
    const isBentSoon = this.#staging.sent.some(
      (staged) => staged.reel === reel && (staged.cue?.atMs ?? 0) < nowMs + QUIET_BEFORE_BEND_MS,
    );
    const line = isBentSoon ? null : sampleLineOf(this.#output, cue, reel, nowMs, pageMs);
    if (line === null) return;
    this.#saidAtMs = pageMs;
    this.#steps = map.steps;
    this.#hasSettled ||= settlesNow;
    this.#wasSteady = true;
    this.#output.send({ kind: "line", voice: reel.voice, line, stepped });
  }

  /** Position minus the line, ms; null while nothing sounds or the device's clock cannot be read. */
  driftMs(nowMs: number, pageMs: number): number | null {
    return this.isSteady(pageMs)
      ? driftOf(this.#output, this.#staging.enacted, nowMs, pageMs)
      : null;
  }
}

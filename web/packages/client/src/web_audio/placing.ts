/** Between the shared line in ms and the audio thread's in frames and samples. */
import { lineAt, type Cue } from "../engine.js";
import type { AudioOutput } from "./audio_output.js";
import type { SampleLine } from "./line.js";
import type { Reel } from "./reel.js";
import type { Staged } from "./staging.js";

/** The cue's line at hub time `nowMs`, page time `pageMs`; null while clock or track are not known. */
export function sampleLineOf(
  output: AudioOutput,
  cue: Cue,
  reel: Reel,
  nowMs: number,
  pageMs: number,
): SampleLine | null {
  const frame = output.frameAt(pageMs);
  const { sampleRateHz } = output;
  const hz = reel.sampleRateHz;
  if (frame === null || sampleRateHz === null || hz === null) return null;
  const slope = output.map.line?.slope ?? 0;
  const step = (cue.rate * hz) / (sampleRateHz * (1 + slope));
  return { frame, position: (lineAt(cue, nowMs) * hz) / 1_000, step, rate: cue.rate };
}

/** Position minus the line, ms: what the audio thread says of itself; null while nothing sounds. */
export function driftOf(
  output: AudioOutput,
  { cue, reel }: Staged,
  nowMs: number,
  pageMs: number,
): number | null {
  const { report } = output;
  const hz = reel?.sampleRateHz ?? null;
  if (!report || !cue?.running || hz === null || report.voice !== reel?.voice) return null;
  if (report.isStarving || report.hasEnded) return null;
  const heardMs = output.pageAt(report.frame);
  if (heardMs === null) return null;
  return (1_000 * report.position) / hz - lineAt(cue, nowMs + (heardMs - pageMs));
}

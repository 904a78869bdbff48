/** What page and audio thread say to each other. */
import type { SampleLine } from "./line.js";
import type { Plan, Report } from "./mixer.js";

/** Name under which the audio thread's processor is registered. */
export const PROCESSOR = "veza-mixer";

export type ToWorklet =
  | { kind: "open"; voice: number; data: Float32Array[]; sampleRateHz: number }
  | { kind: "write"; voice: number; start: number; block: Float32Array[] }
  | { kind: "end"; voice: number; samples: number }
  | { kind: "line"; voice: number; line: SampleLine; stepped: boolean }
  | { kind: "plan"; plan: Plan | null }
  | { kind: "close"; voice: number };

export type FromWorklet = Report;

/** Name of the processor that hands what it hears to the page. */
export const EAR = "veza-ear";

export interface Overheard {
  /** The context's frame of the first sample. */
  readonly frame: number;
  readonly samples: Float32Array;
}

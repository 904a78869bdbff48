/** One line for an upload: how far it is, and whether anything is still to come. */
import type { TrackProgress } from "../catalog/trackNews";
import type { Upload } from "./uploads";

export interface UploadState {
  kind: "waiting" | "sending" | "accepted" | "working" | "ready" | "failed" | "cancelled";
  /** 0…100 of the whole way: sending is the first half, processing the second. */
  percent: number;
}

export function stateOf(upload: Upload, news: TrackProgress | undefined): UploadState {
  if (upload.phase === "failed" || upload.phase === "cancelled") return { kind: upload.phase, percent: share(upload) / 2 };
  if (upload.phase === "waiting") return { kind: "waiting", percent: share(upload) / 2 };
  if (upload.phase === "sending") return { kind: "sending", percent: share(upload) / 2 };
  if (news?.outcome === "ready") return { kind: "ready", percent: 100 };
  if (news?.outcome === "failed") return { kind: "failed", percent: 50 };
  if (news?.task) return { kind: "working", percent: 50 + news.percent / 2 };
  return { kind: "accepted", percent: 50 };
}

export function isOver(state: UploadState): boolean {
  return state.kind === "ready" || state.kind === "failed" || state.kind === "cancelled";
}

export type Step = "check" | "variants" | "waveform" | "cover" | "other";

const STEPS: Record<string, Step> = {
  audio_analysis: "check",
  quality_variants: "variants",
  waveform_generation: "waveform",
  thumbnail_creation: "cover",
};

/** The worker's name of a step (media/progress.py) → the step we have words for. */
export function stepOf(task: string): Step {
  return STEPS[task] ?? "other";
}

function share(upload: Upload): number {
  return upload.file.size > 0 ? (upload.sentBytes / upload.file.size) * 100 : 0;
}

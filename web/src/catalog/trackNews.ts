/** What `user:{id}` says about tracks that are being prepared, by track id. */
import type { Id } from "@veza/client";
import { create } from "zustand";
import { onUserEvent, onUserResync } from "../account/hub";
import { rest } from "../account/session";

export interface TrackProgress {
  /** Name of the step as the worker calls it. */
  task: string;
  /** Of the whole preparation, 0…100; never falls. */
  percent: number;
  /** True from the moment its beginning can be heard. */
  playable: boolean;
  outcome: "working" | "ready" | "failed";
  failure: { code: string; message: string } | null;
}

interface TrackNews {
  byTrack: Record<Id, TrackProgress>;
  /** Rises whenever the catalog has something new to show. */
  arrivals: number;
}

export const useTrackNews = create<TrackNews>(() => ({ byTrack: {}, arrivals: 0 }));

/** From now on the track is followed until it is ready or refused. */
export function followTrack(trackId: Id): void {
  put(trackId, { task: "", percent: 0, playable: false, outcome: "working", failure: null });
}

/** Something of ours entered or left the catalog. */
export function announceArrival(): void {
  useTrackNews.setState((state) => ({ arrivals: state.arrivals + 1 }));
}

onUserEvent((event, data) => {
  const news = data as { track_id?: Id; task?: string; percent?: number; playable?: boolean; code?: string; message?: string };
  if (!news.track_id) return;
  if (event === "job:progress") {
    const task = news.task ?? "";
    put(news.track_id, { task, percent: overall(task, news.percent ?? 0), playable: news.playable ?? false, outcome: "working", failure: null });
  } else if (event === "track:ready") {
    put(news.track_id, { task: "", percent: 100, playable: true, outcome: "ready", failure: null });
    announceArrival();
  } else if (event === "track:failed") {
    const failure = { code: news.code ?? "PROCESSING_ERROR", message: news.message ?? "" };
    put(news.track_id, { task: "", percent: 0, playable: false, outcome: "failed", failure });
    announceArrival();
  }
});

onUserResync(() => {
  const { byTrack } = useTrackNews.getState();
  for (const [trackId, { outcome }] of Object.entries(byTrack)) if (outcome === "working") void readOutcome(trackId);
});

async function readOutcome(trackId: Id): Promise<void> {
  try {
    const { status, error } = await rest.trackStatus(trackId);
    if (status === "processing") return; // its progress keeps coming
    put(trackId, { task: "", percent: status === "failed" ? 0 : 100, playable: status !== "failed", outcome: status === "failed" ? "failed" : "ready", failure: error });
    announceArrival();
  } catch {
    // Out of reach: the next reconnection asks again.
  }
}

/** Steps count their own percent; making the qualities is nearly all of the work. */
function overall(task: string, percent: number): number {
  switch (task) {
    case "quality_variants":
      return percent * 0.92;
    case "waveform_generation":
      return 95;
    case "thumbnail_creation":
      return 98;
    default:
      return percent >= 100 ? 94 : 1;
  }
}

function put(trackId: Id, progress: TrackProgress): void {
  useTrackNews.setState((state) => {
    const old = state.byTrack[trackId];
    // A late progress note never undoes an outcome.
    if (old && old.outcome !== "working" && progress.outcome === "working") return state;
    const merged = old && progress.outcome === "working" ? { ...progress, percent: Math.max(old.percent, progress.percent), playable: old.playable || progress.playable } : progress;
    return { byTrack: { ...state.byTrack, [trackId]: merged } };
  });
}

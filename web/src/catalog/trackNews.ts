/** What `user:{id}` says about tracks that are being prepared, by track id. */
import type { Id } from "@veza/client";
import { create } from "zustand";
import { onUserEvent } from "../account/hub";

export interface TrackProgress {
  /** Name of the step as the worker calls it. */
  task: string;
  percent: number;
  outcome: "working" | "ready" | "failed";
  failure: { code: string; message: string } | null;
}

interface TrackNews {
  byTrack: Record<Id, TrackProgress>;
  /** Rises whenever the catalog has something new to show. */
  arrivals: number;
}

export const useTrackNews = create<TrackNews>(() => ({ byTrack: {}, arrivals: 0 }));

/** Something of ours entered or left the catalog. */
export function announceArrival(): void {
  useTrackNews.setState((state) => ({ arrivals: state.arrivals + 1 }));
}

onUserEvent((event, data) => {
  const news = data as { track_id?: Id; task?: string; percent?: number; code?: string; message?: string };
  if (!news.track_id) return;
  if (event === "job:progress") {
    put(news.track_id, { task: news.task ?? "", percent: news.percent ?? 0, outcome: "working", failure: null });
  } else if (event === "track:ready") {
    put(news.track_id, { task: "", percent: 100, outcome: "ready", failure: null });
    announceArrival();
  } else if (event === "track:failed") {
    const failure = { code: news.code ?? "PROCESSING_ERROR", message: news.message ?? "" };
    put(news.track_id, { task: "", percent: 0, outcome: "failed", failure });
    announceArrival();
  }
});

function put(trackId: Id, progress: TrackProgress): void {
  useTrackNews.setState((state) => {
    const old = state.byTrack[trackId];
    // A late progress note never undoes an outcome.
    if (old && old.outcome !== "working" && progress.outcome === "working") return state;
    return { byTrack: { ...state.byTrack, [trackId]: progress } };
  });
}

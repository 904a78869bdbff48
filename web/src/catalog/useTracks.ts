import { useCallback, useEffect, useRef, useState } from "react";
import type { Track } from "./track";
import { listTracks } from "./tracks";
import { useTrackNews } from "./trackNews";

const TYPING_PAUSE_MS = 160;

export interface TrackList {
  tracks: Track[];
  total: number;
  phase: "loading" | "ready" | "failed";
  /** True while a newer answer is on its way and the present one is still shown. */
  stale: boolean;
  error: unknown;
  hasNext: boolean;
  loadMore(): void;
  reload(): void;
}

/** The catalog, filtered as one types. The last answer stays on the page until the next is there. */
export function useTracks(search: string, limit = 50, withOwn = false): TrackList {
  const [state, setState] = useState<{ tracks: Track[]; total: number; hasNext: boolean; phase: TrackList["phase"]; error: unknown; page: number }>({
    tracks: [],
    total: 0,
    hasNext: false,
    phase: "loading",
    error: null,
    page: 0,
  });
  const [stale, setStale] = useState(false);
  const [round, setRound] = useState(0);
  const asked = useRef(0);
  const isFirst = useRef(true);
  const news = useTrackNews((store) => store.arrivals);

  const load = useCallback(
    async (page: number) => {
      const number = (asked.current += 1);
      const isOvertaken = () => asked.current !== number;
      setStale(true);
      try {
        const answer = await listTracks(search, page, limit, withOwn);
        if (isOvertaken()) return;
        setState((old) => ({
          tracks: page === 1 ? answer.tracks : merge(old.tracks, answer.tracks),
          total: answer.total,
          hasNext: answer.hasNext,
          phase: "ready",
          error: null,
          page,
        }));
        setStale(false);
      } catch (error) {
        if (isOvertaken()) return;
        setState((old) => ({ ...old, phase: "failed", error }));
        setStale(false);
      }
    },
    [search, limit, withOwn],
  );

  useEffect(() => {
    const pause = isFirst.current ? 0 : TYPING_PAUSE_MS;
    isFirst.current = false;
    const timer = setTimeout(() => void load(1), pause);
    return () => {
      clearTimeout(timer);
      asked.current += 1;
    };
  }, [load, round, news]);

  const loadMore = useCallback(() => void load(state.page + 1), [load, state.page]);
  const reload = useCallback(() => setRound((old) => old + 1), []);
  return { ...state, stale, loadMore, reload };
}

function merge(old: Track[], more: Track[]): Track[] {
  const known = new Set(old.map((track) => track.id));
  return [...old, ...more.filter((track) => !known.has(track.id))];
}

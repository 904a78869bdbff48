/** A list that is read page by page. */
import { useCallback, useEffect, useRef, useState } from "react";

export interface Page<T> {
  items: T[];
  /** Where the next page begins; null at the end. */
  next: string | null;
}

export interface Pages<T> {
  items: readonly T[];
  phase: "loading" | "ready" | "failed";
  error: unknown;
  hasMore: boolean;
  /** Reads on; does nothing while reading or at the end. */
  more(): void;
  /** Reads anew from the beginning, keeping what is shown until it is there. */
  reload(): void;
  /** Changes what is shown, such as after a row was settled. */
  change(step: (items: readonly T[]) => readonly T[]): void;
}

/** `load` must be stable (useCallback): another one is another list. */
export function usePages<T>(load: (cursor: string | null) => Promise<Page<T>>): Pages<T> {
  const [state, setState] = useState<{ items: readonly T[]; next: string | null; phase: Pages<T>["phase"]; error: unknown }>({ items: [], next: null, phase: "loading", error: null });
  /** Which reading counts: an older one that answers late is not heard. */
  const turn = useRef(0);

  const read = useCallback(
    async (cursor: string | null) => {
      const mine = ++turn.current;
      setState((old) => ({ ...old, phase: "loading", error: null }));
      try {
        const page = await load(cursor);
        if (mine !== turn.current) return;
        setState((old) => ({ items: cursor === null ? page.items : [...old.items, ...page.items], next: page.next, phase: "ready", error: null }));
      } catch (error) {
        if (mine === turn.current) setState((old) => ({ ...old, phase: "failed", error }));
      }
    },
    [load],
  );

  useEffect(() => {
    void read(null);
    return () => {
      turn.current += 1;
    };
  }, [read]);

  const reload = useCallback(() => void read(null), [read]);

  return {
    items: state.items,
    phase: state.phase,
    error: state.error,
    hasMore: state.next !== null,
    more: () => {
      if (state.next !== null && state.phase !== "loading") void read(state.next);
    },
    reload,
    change: (step) => setState((old) => ({ ...old, items: step(old.items) })),
  };
}

import { useCallback, useSyncExternalStore } from "react";
import type { Observable } from "@veza/client";

/**
 * One part of an observable of the client library. `select` must return a part of the snapshot, or a
 * plain value: an object made anew each time would render for ever.
 */
export function useView<T, S>(source: Observable<T>, select: (view: T) => S): S {
  const subscribe = useCallback((listener: () => void) => source.subscribe(listener), [source]);
  return useSyncExternalStore(subscribe, () => select(source.getSnapshot()));
}

/** A value that can be watched. Fits React: `useSyncExternalStore(o.subscribe, o.getSnapshot)`. */
export interface Observable<T> {
  /** The value now; the same object until it changes. */
  readonly getSnapshot: () => T;
  /** Calls `listener` after each change; the answer ends it. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** An Observable with its writer. Listeners run in the order they came; one may leave while called. */
export class Store<T> implements Observable<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  readonly getSnapshot = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Replaces the value; says nothing when it is the same object. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }
}

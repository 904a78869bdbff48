/** Listeners by topic; they are called in the order they came. */
export class Topics<A extends unknown[]> {
  readonly #listeners = new Map<string, Set<(...args: A) => void>>();

  /** Adds a listener; the answer takes it away. */
  add(topic: string, listener: (...args: A) => void): () => void {
    const set = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.#listeners.get(topic) === set) this.#listeners.delete(topic);
    };
  }

  call(topic: string, ...args: A): void {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener(...args);
  }
}

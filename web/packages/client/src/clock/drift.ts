/** How far a player has been from the timeline lately. */

const WINDOW_MS = 60_000;

interface Reading {
  atMs: number;
  driftMs: number;
}

export interface DriftFigures {
  /** The last reading, signed: ahead is positive. */
  driftMs: number | null;
  /** Percentiles of the absolute drift over the last minute. */
  p50Ms: number | null;
  p95Ms: number | null;
}

/** Readings of the last minute; `clear` at each planned jump, whose way is no drift. */
export class DriftSeries {
  #readings: Reading[] = [];

  add(atMs: number, driftMs: number): void {
    const oldest = atMs - WINDOW_MS;
    this.#readings = [...this.#readings.filter((r) => r.atMs > oldest), { atMs, driftMs }];
  }

  clear(): void {
    this.#readings = [];
  }

  figures(): DriftFigures {
    const sizes = this.#readings.map(({ driftMs }) => Math.abs(driftMs)).sort((a, b) => a - b);
    return {
      driftMs: this.#readings.at(-1)?.driftMs ?? null,
      p50Ms: percentile(sizes, 0.5),
      p95Ms: percentile(sizes, 0.95),
    };
  }
}

/** Nearest rank of ascending values. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

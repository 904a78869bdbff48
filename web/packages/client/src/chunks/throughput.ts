/** What the line carries, measured only while something is under way. */
export class ThroughputMeter {
  #bytes = 0;
  #busyMs = 0;
  #busySinceMs: number | null = null;

  /** Something was asked for. */
  asked(nowMs: number): void {
    this.#busySinceMs ??= nowMs;
  }

  /** Something came; `more` says whether something is still under way. */
  arrived(bytes: number, nowMs: number, more: boolean): void {
    this.#bytes += bytes;
    if (this.#busySinceMs !== null) this.#busyMs += Math.max(0, nowMs - this.#busySinceMs);
    this.#busySinceMs = more ? nowMs : null;
  }

  /** Nothing that was under way will come. */
  dropped(): void {
    this.#busySinceMs = null;
  }

  /** Since it was last taken, bit/s; null when nothing came. */
  take(): number | null {
    if (this.#bytes === 0) return null;
    const bps = Math.round((this.#bytes * 8_000) / Math.max(1, this.#busyMs));
    this.#bytes = this.#busyMs = 0;
    return bps;
  }
}

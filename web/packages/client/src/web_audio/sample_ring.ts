/**
 * Samples of one stream around a place in it, addressed by their number in the stream: a ring that
 * forgets the oldest when it is full. Allocates nothing after it was made.
 */
export class SampleRing {
  /** One array a channel, of the same power of two. */
  readonly data: readonly Float32Array[];
  readonly mask: number;
  #from = 0;
  #to = 0;

  constructor(data: readonly Float32Array[]) {
    const length = data[0]?.length ?? 0;
    if (length === 0 || (length & (length - 1)) !== 0) throw new RangeError("no power of two");
    if (data.some((channel) => channel.length !== length)) throw new RangeError("uneven channels");
    this.data = data;
    this.mask = length - 1;
  }

  get capacity(): number {
    return this.mask + 1;
  }

  /** The oldest sample held. */
  get from(): number {
    return this.#from;
  }

  /** The one after the newest. */
  get to(): number {
    return this.#to;
  }

  /** Puts samples at `start`; what does not join on to what is held takes its place. */
  write(start: number, block: readonly Float32Array[]): void {
    const count = block[0]?.length ?? 0;
    if (start !== this.#to) this.#from = this.#to = start;
    const skipped = Math.max(0, count - this.capacity);
    for (let channel = 0; channel < this.data.length; channel++) {
      const source = block[Math.min(channel, block.length - 1)];
      if (source !== undefined) this.#copy(channel, start + skipped, source.subarray(skipped));
    }
    this.#to = start + count;
    this.#from = Math.max(this.#from, this.#to - this.capacity);
  }

  /** Puts samples right before the oldest one, as far as there is room. */
  prepend(block: readonly Float32Array[]): void {
    const count = Math.min(block[0]?.length ?? 0, this.capacity - (this.#to - this.#from));
    const start = this.#from - count;
    for (let channel = 0; channel < this.data.length; channel++) {
      const source = block[Math.min(channel, block.length - 1)];
      if (source) this.#copy(channel, start, source.subarray(source.length - count));
    }
    this.#from = start;
  }

  /** A copy of samples that are all held; null else. */
  slice(from: number, to: number): Float32Array[] | null {
    if (from < this.#from || to > this.#to) return null;
    return this.data.map((channel) => {
      const copy = new Float32Array(to - from);
      for (let i = 0; i < copy.length; i++) copy[i] = channel[(from + i) & this.mask] as number;
      return copy;
    });
  }

  /** The sample, 0 where nothing is held. */
  at(channel: number, index: number): number {
    if (index < this.#from || index >= this.#to) return 0;
    return this.data[channel]?.[index & this.mask] ?? 0;
  }

  /** Forgets what is held from `to` on. */
  truncate(to: number): void {
    this.#to = Math.min(this.#to, Math.max(to, this.#from));
  }

  #copy(channel: number, start: number, source: Float32Array): void {
    const target = this.data[channel];
    if (target === undefined) return;
    const at = start & this.mask;
    const head = Math.min(source.length, this.capacity - at);
    target.set(source.subarray(0, head), at);
    target.set(source.subarray(head), 0);
  }
}

import type { Source } from "../engine.js";
import type { AudioOutput } from "./audio_output.js";
import { Reel } from "./reel.js";
import { Throughput } from "./throughput.js";
import { Track } from "./track.js";

/** Ladders of tracks that are remembered, so that a seek asks for nothing but sound. */
const KEPT_TRACKS = 4;

export interface ReelsOptions {
  output: AudioOutput;
  token: () => string | null;
  onChange: () => void;
}

/** The voices' music: one reel is heard, others stand where something will begin. */
export class Reels {
  readonly #options: ReelsOptions;
  readonly #throughput = new Throughput();
  readonly #tracks = new Map<string, Promise<Track>>();
  readonly #reels = new Map<Reel, { error: unknown }>();
  readonly #abort = new AbortController();
  #voices = 0;

  constructor(options: ReelsOptions) {
    this.#options = options;
  }

  /** The reel that brings `source` at `positionMs`; `busy` is another's and cannot serve. */
  for(source: Source, positionMs: number, busy: Reel | null): Reel {
    const known = [...this.#reels.keys()].find(
      (reel) => reel !== busy && reel.serves(source, positionMs),
    );
    return known ?? this.#make(source, positionMs);
  }

  /** Why a reel cannot bring its source; null while it can. */
  errorOf(reel: Reel): unknown {
    return this.#reels.get(reel)?.error ?? null;
  }

  /** Loads the track's ladder, as all its reels do. */
  track(url: string): Promise<Track> {
    const known = this.#tracks.get(url);
    if (known !== undefined) return known;
    const loading = Track.load(url, this.#options.token, this.#abort.signal);
    this.#tracks.set(url, loading);
    loading.catch(() => this.#tracks.delete(url));
    for (const oldest of [...this.#tracks.keys()].slice(0, -KEPT_TRACKS)) this.#tracks.delete(oldest);
    return loading;
  }

  /** Lets all others go. */
  keep(needed: ReadonlySet<Reel>): void {
    for (const reel of this.#reels.keys()) {
      if (needed.has(reel)) continue;
      this.#reels.delete(reel);
      reel.close();
    }
  }

  close(): void {
    this.keep(new Set());
    this.#tracks.clear();
  }

  #make(source: Source, positionMs: number): Reel {
    const { output, onChange } = this.#options;
    const voice = ++this.#voices;
    const sink = {
      open: (data: Float32Array[], sampleRateHz: number) =>
        output.send({ kind: "open", voice, data, sampleRateHz }, data.map(({ buffer }) => buffer)),
      write: (start: number, block: Float32Array[]) =>
        output.send({ kind: "write", voice, start, block }, block.map(({ buffer }) => buffer)),
      end: (samples: number) => output.send({ kind: "end", voice, samples }),
      close: () => output.send({ kind: "close", voice }),
    };
    const state: { error: unknown } = { error: null };
    const events = {
      onChange,
      onFailed: (error: unknown) => {
        state.error = error;
        onChange();
      },
    };
    const track = this.track(source.url);
    const reel = new Reel(source, voice, positionMs, track, sink, this.#throughput, events);
    this.#reels.set(reel, state);
    return reel;
  }
}

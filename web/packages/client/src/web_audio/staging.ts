import type { Cue } from "../engine.js";
import type { AudioOutput } from "./audio_output.js";
import type { SampleLine } from "./line.js";
import type { Reel } from "./reel.js";

/** A plan is told again as its moment is known better, but no more often than this. */
const AGAIN_AFTER_MS = 100;

/** What the audio thread was told: the reel is null for silence. */
export interface Staged {
  readonly id: number;
  readonly cue: Cue | null;
  readonly reel: Reel | null;
}

export interface Moment {
  readonly frame: number;
  readonly line: SampleLine | null;
  readonly fadeMs: number;
  readonly joins: boolean;
}

/** At once. */
export const NOW: Moment = { frame: 0, line: null, fadeMs: 0, joins: false };

const SILENCE: Staged = { id: 0, cue: null, reel: null };

/** What the audio thread was told to play from when on, and what of it has been carried out. */
export class Staging {
  readonly #output: AudioOutput;
  /** Told and not carried out yet, the newest last. */
  #sent: readonly Staged[] = [];
  #enacted: Staged = SILENCE;
  #count = 0;
  #toldAtMs = 0;

  constructor(output: AudioOutput) {
    this.#output = output;
  }

  /** What is played: ahead of what is heard by what the device takes. */
  get enacted(): Staged {
    return this.#enacted;
  }

  get sent(): readonly Staged[] {
    return this.#sent;
  }

  /** What was said last. */
  get last(): Staged {
    return this.#sent.at(-1) ?? this.#enacted;
  }

  get all(): readonly Staged[] {
    return [this.#enacted, ...this.#sent];
  }

  /** True when nothing was ever to be played. */
  get isFresh(): boolean {
    return this.#count === 0;
  }

  of(cue: Cue): Staged | undefined {
    return this.all.find((staged) => staged.cue === cue);
  }

  /** Tells the audio thread; the same again only when its moment may be known better by now. */
  tell(cue: Cue | null, reel: Reel | null, { frame, line, fadeMs, joins }: Moment): void {
    const { last } = this;
    const isKnown = last.id > 0 && last.cue === cue && last.reel === reel;
    const pageMs = performance.now();
    if (isKnown && (this.#enacted === last || pageMs - this.#toldAtMs < AGAIN_AFTER_MS)) return;
    this.#toldAtMs = pageMs;
    const id = isKnown ? last.id : ++this.#count;
    if (!isKnown) this.#sent = [...this.#sent, { id, cue, reel }];
    const fadeFrames = Math.round((fadeMs * (this.#output.sampleRateHz ?? 0)) / 1_000);
    const voice = reel?.voice ?? null;
    this.#output.send({
      kind: "plan",
      plan: { id, voice, frame: Math.floor(frame), line, fadeFrames, joins },
    });
  }

  /** Silence at once, if there is or will be anything else. */
  hush(): void {
    if (this.last.reel !== null) this.tell(null, null, NOW);
  }

  /** What was said last must not happen. */
  takeBack(): void {
    this.#output.send({ kind: "plan", plan: null });
    this.#sent = this.#sent.slice(0, -1);
  }

  /** Takes note of what the audio thread has carried out. */
  hear(): void {
    const done = this.#output.report?.done ?? 0;
    const carriedOut = this.#sent.filter(({ id }) => id <= done).at(-1);
    if (carriedOut === undefined) return;
    this.#enacted = carriedOut;
    this.#sent = this.#sent.filter(({ id }) => id > done);
  }

  /** The audio thread is gone. */
  clear(): void {
    this.#sent = [];
    this.#enacted = SILENCE;
  }
}

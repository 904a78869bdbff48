import { fadeOf, isOver, type Fade } from "./fade.js";
import type { SampleLine } from "./line.js";
import { SampleRing } from "./sample_ring.js";
import { TAPS } from "./sinc.js";
import { Voice } from "./voice.js";

/** The voice that is to be heard from a frame on. It is the one mechanism for start, seek, resume,
 * stop, crossfade and the change of track. */
export interface Plan {
  readonly id: number;
  /** Null for silence. */
  readonly voice: number | null;
  /** Whole frame of the context. */
  readonly frame: number;
  /** Null with silence. */
  readonly line: SampleLine | null;
  readonly fadeFrames: number;
  /** Begin with its first sample right after the last one of the voice before, if that ends about then. */
  readonly joins: boolean;
}

export interface Report {
  /** The first frame that was not rendered yet, and what will be heard then. */
  readonly frame: number;
  readonly voice: number | null;
  readonly position: number;
  readonly hasEnded: boolean;
  readonly isStarving: boolean;
  readonly starvations: number;
  /** The newest plan that was carried out. */
  readonly done: number;
}

/** A plan joins only when the voice before ends this near to its frame, s. */
const JOIN_WITHIN_S = 0.25;
/** Even a start from silence in the middle of the music must not click. */
const SHORT_FADE_S = 0.004;

/** All voices: one is heard, some may be fading out, others wait. Runs on the audio thread. */
export class Mixer {
  readonly #contextHz: number;
  readonly #mostFrames: number;
  readonly #voices = new Map<number, Voice>();
  #current: { id: number; voice: Voice; fade: Fade | null } | null = null;
  #fading: { id: number; voice: Voice; fade: Fade }[] = [];
  #plan: Plan | null = null;
  #done = 0;
  #joined: number | null = null;

  constructor(contextHz: number, mostFrames = 128) {
    this.#contextHz = contextHz;
    this.#mostFrames = mostFrames;
  }

  /** `data`: empty memory for the samples, one array a channel, a power of two long. */
  open(id: number, data: readonly Float32Array[], sampleRateHz: number): void {
    const ring = new SampleRing(data);
    this.#voices.set(id, new Voice(ring, sampleRateHz, this.#contextHz, this.#mostFrames));
  }

  write(id: number, start: number, block: readonly Float32Array[]): void {
    this.#voices.get(id)?.ring.write(start, block);
  }

  /** The track's length in samples. */
  end(id: number, samples: number): void {
    const voice = this.#voices.get(id);
    if (voice) voice.end = samples;
  }

  /** Moves the line of the voice that is heard. */
  line(id: number, line: SampleLine, stepped: boolean): void {
    if (this.#current?.id === id) this.#current.voice.follow(line, stepped);
  }

  /** What comes next; replaces what was planned before. */
  plan(plan: Plan | null): void {
    if (plan !== null && plan.id <= this.#done) return; // carried out while its update was under way
    if (this.#joined !== null && plan?.voice !== this.#joined) this.#part();
    this.#plan = plan;
  }

  /** Lets the voice go, after its fade if it is fading. */
  close(id: number): void {
    this.#voices.delete(id);
    if (this.#current?.id === id) this.#current = null;
    if (this.#plan?.voice === id) this.#plan = null;
  }

  /** Writes one block; `frame` is the context's frame of its first sample. */
  render(out: readonly Float32Array[], frame: number): void {
    const count = out[0]?.length ?? 0;
    for (const channel of out) channel.fill(0);
    let offset = 0;
    while (offset < count) {
      const now = frame + offset;
      const plan = this.#plan;
      let until = count - offset;
      const joins = plan !== null && this.#awaitsEnd(plan, now);
      if (plan !== null && !joins) {
        if (plan.frame <= now) {
          this.#change(plan, now, null);
          continue;
        }
        until = Math.min(until, plan.frame - now);
      }
      if (joins) this.#join(plan);
      this.#sound(out, offset, this.#current?.voice.until(until) ?? until, now);
      offset += this.#rendered;
      const old = this.#current?.voice;
      if (joins && old?.hasEnded) this.#change(plan, frame + offset, old.overshoot);
    }
  }

  report(frame: number): Report {
    const voice = this.#current?.voice;
    return {
      frame,
      voice: this.#current?.id ?? null,
      position: voice?.position ?? 0,
      hasEnded: voice?.hasEnded ?? false,
      isStarving: voice?.isStarving ?? false,
      starvations: voice?.starvations ?? 0,
      done: this.#done,
    };
  }

  #rendered = 0;

  #sound(out: readonly Float32Array[], offset: number, count: number, frame: number): void {
    this.#current?.voice.render(out, offset, count, frame, this.#current.fade);
    for (const { voice, fade } of this.#fading) voice.render(out, offset, count, frame, fade);
    this.#fading = this.#fading.filter(({ fade }) => !isOver(fade, frame + count));
    if (this.#current?.fade && isOver(this.#current.fade, frame + count)) this.#current.fade = null;
    this.#rendered = count;
  }

  /** True while the voice that is heard has its last samples before it, about where the plan is. */
  #awaitsEnd(plan: Plan, frame: number): boolean {
    const voice = this.#current?.voice;
    const left = voice?.framesLeft ?? null;
    if (!plan.joins || !voice || left === null || voice.hasEnded) return false;
    return Math.abs(frame + left - plan.frame) < JOIN_WITHIN_S * this.#contextHz;
  }

  /** Shows each voice the other's samples next to the joint, so that reading between samples works. */
  #join({ voice: id }: Plan): void {
    const before = this.#current?.voice;
    const after = id === null ? undefined : this.#voices.get(id);
    if (this.#joined === id || !before || !after || before.end === null) return;
    if (before.ring.to !== before.end || after.ring.from !== 0 || after.ring.to < TAPS) return;
    if (before.sampleRateHz !== after.sampleRateHz) return;
    const head = after.ring.slice(0, TAPS);
    const tail = before.ring.slice(before.end - TAPS, before.end);
    if (head) before.ring.write(before.end, head);
    if (tail) after.ring.prepend(tail);
    this.#joined = id;
  }

  #part(): void {
    const before = this.#current?.voice;
    if (before && before.end !== null) before.ring.truncate(before.end);
    this.#joined = null;
  }

  /** `overshoot` is null for a change at the plan's frame, else samples past the joint. */
  #change(plan: Plan, frame: number, overshoot: number | null): void {
    this.#plan = null;
    this.#done = plan.id;
    this.#joined = null;
    const old = this.#current;
    const next = plan.voice === null ? null : (this.#voices.get(plan.voice) ?? null);
    if (old !== null && old.id === plan.voice) {
      if (plan.line) old.voice.follow(plan.line, true);
      return;
    }
    const { fadeFrames } = plan;
    if (old !== null && overshoot === null && !old.voice.hasEnded) {
      const out = Math.max(fadeFrames, this.#shortFade);
      this.#fading.push({ ...old, fade: fadeOf(false, frame, out, this.#contextHz) });
    }
    this.#current = null;
    if (next === null || plan.line === null || plan.voice === null) return;
    next.begin(plan.line, frame, overshoot);
    const isStart = next.position < 1;
    const comes = overshoot !== null || (isStart && fadeFrames === 0) ? 0 : Math.max(fadeFrames, this.#shortFade);
    const fade = comes === 0 ? null : fadeOf(true, frame, comes, this.#contextHz);
    this.#current = { id: plan.voice, voice: next, fade };
  }

  get #shortFade(): number {
    return Math.round(SHORT_FADE_S * this.#contextHz);
  }
}

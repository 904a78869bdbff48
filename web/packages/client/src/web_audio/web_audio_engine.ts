import {
  isSameSource,
  lineAt,
  type Cue,
  type EngineState,
  type EngineView,
  type Measurement,
  type PlayerEngine,
  type Source,
} from "../engine.js";
import { Store, type Observable } from "../store.js";
import { Agenda } from "./agenda.js";
import { AudioOutput } from "./audio_output.js";
import { Undecodable } from "./decoding.js";
import type { SampleLine } from "./line.js";
import { NotReadable } from "./mp4_boxes.js";
import { isSettled } from "./output_map.js";
import type { Reel } from "./reel.js";
import { Reels } from "./reels.js";
import { SilentLoop } from "./silent_loop.js";
import { NoFacts } from "./track.js";

const TICK_MS = 40;
const SHOW_EVERY_MS = 500;
const LINE_EVERY_MS = 200;
/** A plan is told again as its moment is known better. */
const PLAN_EVERY_MS = 100;
/** At hand before a voice begins. */
const START_MS = 1_000;
/** A newcomer waits in silence for the device's clock, but no longer than this. */
const PATIENCE_MS = 8_000;
/** Nearer than this, what is heard goes on and is only bent to the new line. */
const BEND_MS = 40;
/** A track that begins within this of the end of the one before joins it without a gap. */
const JOIN_MS = 150;
const SEEK_FADE_MS = 10;
/** A refused start is told to the listener after this. */
const ALLOWED_MS = 400;
/** Most music has the first rate; devices and video the second. */
const RATES_HZ = [44_100, 48_000] as const;

export interface WebAudioEngineOptions {
  /** The hub's clock. */
  clock: { now(): number };
  /** Address of the audio thread's module: `@veza/client/worklet`, bundled. */
  workletUrl: string;
  /** Access token for playlists and segments; null: the cookie goes along by itself. */
  token?: () => string | null;
  /** It cannot do its work here: another engine has to. */
  onUnfit?: (reason: string) => void;
}

const IDLE: EngineView = {
  state: "idle",
  error: null,
  itemId: null,
  driftMs: null,
  bufferedMs: 0,
  rung: null,
};

/** A plan as the audio thread has it. */
interface Sent {
  readonly id: number;
  readonly cue: Cue | null;
  readonly reel: Reel | null;
}

const SILENCE: Sent = { id: 0, cue: null, reel: null };

/**
 * The engine on Web Audio: decoded samples, placed on the device's own clock. What is to be heard
 * from when on is a plan that the audio thread carries out at its frame; between plans it pursues
 * the line it is told five times a second.
 */
export class WebAudioEngine implements PlayerEngine {
  readonly kind = "graph";
  readonly #clock: { now(): number };
  readonly #onUnfit: (reason: string) => void;
  readonly #view = new Store<EngineView>(IDLE);
  readonly #output: AudioOutput;
  readonly #reels: Reels;
  readonly #loop = new SilentLoop();
  readonly #agenda = new Agenda();
  #prepared: { source: Source; positionMs: number } | null = null;
  /** Plans that the audio thread may still carry out, the newest last, and the one it did. */
  #sent: Sent[] = [];
  #enacted: Sent = SILENCE;
  #plans = 0;
  #steps = 0;
  #wasSteady = false;
  #lineAtMs = 0;
  #plannedAtMs = 0;
  #blocked = false;
  #isAsking = false;
  #error: string | null = null;
  #volume = 1;
  #muted = false;
  #latencyMs = 0;
  #crossfadeMs = 0;
  #ticker: ReturnType<typeof setTimeout> | null = null;
  #shownAtMs = 0;

  constructor(options: WebAudioEngineOptions) {
    this.#clock = options.clock;
    const onUnfit = options.onUnfit ?? (() => undefined);
    this.#onUnfit = (reason) => {
      this.#error = reason;
      onUnfit(reason);
    };
    this.#output = new AudioOutput(options.workletUrl, {
      onChange: () => this.#tick(),
      onUnfit: (reason) => this.#onUnfit(reason),
      onLost: () => this.#onLost(),
    });
    this.#reels = new Reels({
      output: this.#output,
      token: options.token ?? (() => null),
      onChange: () => this.#tick(),
    });
  }

  get view(): Observable<EngineView> {
    return this.#view;
  }

  /** What the browser says the device takes, ms; null when it does not say. */
  get outputLatencyMs(): number | null {
    return this.#output.latencyMs;
  }

  async unlock(): Promise<boolean> {
    this.#output.start(RATES_HZ[0]);
    const allowed = await this.#output.resume(ALLOWED_MS);
    if (allowed) this.#blocked = false;
    this.#tick();
    return allowed;
  }

  prepare(source: Source, positionMs: number): void {
    this.#prepared = { source, positionMs };
    this.#open(source);
    this.#tick();
  }

  follow(cue: Cue | null): void {
    this.#error = null;
    if (cue === null) {
      this.#agenda.clear();
      this.#prepared = null;
      this.#output.start(RATES_HZ[0]); // its clock will be readable when something begins
    } else if (this.#agenda.decide(cue, this.#now())) this.#open(cue.source);
    else return;
    this.#tick();
  }

  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#output.setVolume(this.#muted ? 0 : this.#volume);
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#output.setVolume(muted ? 0 : this.#volume);
  }

  setOutputLatency(latencyMs: number): void {
    if (latencyMs !== this.#latencyMs) this.#steps = -1; // a known step
    this.#latencyMs = latencyMs;
  }

  /** How long one track fades into the next where a track is left before its end, ms. */
  setCrossfade(fadeMs: number): void {
    this.#crossfadeMs = Math.max(0, fadeMs);
  }

  measure(): Measurement | null {
    const { cue } = this.#enacted;
    const driftMs = this.#driftMs();
    if (cue === null || driftMs === null || cue.atMs > this.#now()) return null;
    const atMs = this.#now();
    return { itemId: cue.source.itemId, positionMs: lineAt(cue, atMs) + driftMs, atMs };
  }

  close(): void {
    if (this.#ticker !== null) clearTimeout(this.#ticker);
    this.#ticker = null;
    this.#agenda.clear();
    this.#prepared = null;
    this.#forget();
    this.#output.close();
    this.#loop.close();
    this.#blocked = false;
    this.#view.set(IDLE);
  }

  /** The hub's time as it is heard: ahead by what the speakers take beyond what the browser knows. */
  #now(): number {
    return this.#clock.now() + this.#latencyMs;
  }

  // ------------------------------------------------------------------ the context

  /** Makes the context at the track's rate, unless there is one that was heard already. */
  #open(source: Source): void {
    this.#reels.track(source.url).then(
      ({ sampleRateHz }) => {
        const rateHz = RATES_HZ.find((rate) => rate % sampleRateHz === 0) ?? RATES_HZ[1];
        const { sampleRateHz: openHz } = this.#output;
        if (openHz !== null && openHz !== rateHz && this.#plans === 0) this.#onLost(rateHz);
        this.#output.start(rateHz);
        this.#output.setVolume(this.#muted ? 0 : this.#volume);
        this.#tick();
      },
      () => this.#tick(), // the reel says why
    );
  }

  #onLost(rateHz: number = this.#output.sampleRateHz ?? RATES_HZ[0]): void {
    this.#forget();
    this.#output.close();
    this.#output.start(rateHz);
    this.#output.setVolume(this.#muted ? 0 : this.#volume);
    this.#tick();
  }

  #forget(): void {
    this.#reels.close();
    this.#sent = [];
    this.#enacted = SILENCE;
  }

  /** Asks for sound once; a browser that wants a gesture makes it `blocked`. */
  async #ask(): Promise<void> {
    if (this.#isAsking || this.#blocked) return;
    this.#isAsking = true;
    const allowed = await this.#output.resume(ALLOWED_MS);
    this.#isAsking = false;
    this.#blocked = !allowed && this.#output.isOpen;
    this.#tick();
  }

  // ------------------------------------------------------------------ what happens

  /** One look at everything that is due; plans the next one. */
  #tick(): void {
    if (this.#ticker !== null) clearTimeout(this.#ticker);
    this.#ticker = null;
    this.#output.poll();
    if (this.#error !== null) return this.#show(this.#now());
    const nowMs = this.#now();
    const pageMs = performance.now();
    this.#agenda.advance(nowMs);
    this.#hear();
    const { current, next } = this.#agenda;
    const wantsSound = (current ?? next)?.running ?? false;
    if (this.#output.isRunning) {
      this.#blocked = false;
      this.#arrange(nowMs, pageMs);
      this.#steer(nowMs, pageMs);
    } else if (this.#output.isOpen) {
      this.#interrupt();
      if (wantsSound) void this.#ask();
    }
    this.#feed(nowMs);
    if (wantsSound && this.#output.isRunning) this.#loop.play();
    else this.#loop.pause();
    this.#show(nowMs);
    // The audio thread's reports wake it up as well, also where a hidden page's timers are held back.
    if (current !== null || next !== null) this.#ticker = setTimeout(() => this.#tick(), TICK_MS);
  }

  /** Takes note of what the audio thread has carried out. */
  #hear(): void {
    const done = this.#output.report?.done ?? 0;
    const carriedOut = this.#sent.filter(({ id }) => id <= done).at(-1);
    if (carriedOut === undefined) return;
    this.#enacted = carriedOut;
    this.#sent = this.#sent.filter(({ id }) => id > done);
  }

  /** The context stands still: what it would play when it goes on is not what is wanted then. */
  #interrupt(): void {
    const last = this.#sent.at(-1) ?? this.#enacted;
    if (last.reel !== null) this.#plan({ cue: null, reel: null }, 0, null, 0, false);
  }

  #arrange(nowMs: number, pageMs: number): void {
    const { current, next } = this.#agenda;
    if (current === null && next === null) {
      const last = this.#sent.at(-1) ?? this.#enacted;
      if (last.reel !== null) this.#plan({ cue: null, reel: null }, 0, null, 0, false);
      return;
    }
    // The audio thread renders ahead of what is heard: the next may have begun there already.
    if (next !== null && this.#enacted.cue === next) return;
    if (current !== null && !this.#isPlanned(current)) this.#approach(current, nowMs, pageMs);
    else if (next !== null && this.#sent.every(({ cue }) => cue !== current)) this.#approach(next, nowMs, pageMs);
  }

  /** The cue in effect, unless the audio thread has gone over to the next one already. */
  get #leading(): Cue | null {
    const { current, next } = this.#agenda;
    return next !== null && this.#enacted.cue === next ? null : current;
  }

  #isPlanned(cue: Cue): boolean {
    return this.#enacted.cue === cue || this.#sent.some((plan) => plan.cue === cue);
  }

  /** Tells the audio thread of the cue, as soon as there is something to play. */
  #approach(cue: Cue, nowMs: number, pageMs: number): void {
    const last = this.#sent.at(-1);
    const isDue = cue.atMs <= nowMs;
    const aheadMs = Math.max(0, cue.atMs - nowMs);
    const frame = isDue ? 0 : this.#output.frameAt(pageMs + aheadMs);
    if (frame === null) return;
    if (!cue.running) return this.#plan({ cue, reel: null }, Math.floor(frame), null, 0, false);
    const reel = this.#reelFor(cue, nowMs);
    const error = this.#reels.errorOf(reel);
    if (error !== null) return this.#onReelFailed(error, isDue);
    const line = this.#lineOf(cue, reel, nowMs, pageMs);
    const positionMs = lineAt(cue, nowMs + aheadMs);
    const isReady = line !== null && reel.isReady(Math.max(0, positionMs), START_MS);
    if (!isReady || (isDue && !this.#isSteady(pageMs))) {
      // What was planned for another moment must not happen in its place.
      if (last !== undefined && last.cue !== cue) this.#cancel(last);
      return;
    }
    this.#plan({ cue, reel }, Math.floor(frame), line, this.#fadeMs(cue, positionMs), this.#joins(cue));
  }

  /** The reel for a cue: the one that is heard when it is only bent, else one that stands there. */
  #reelFor(cue: Cue, nowMs: number): Reel {
    const atMs = Math.max(nowMs, cue.atMs);
    const heard = this.#enacted;
    const planned = [heard, ...this.#sent].find((plan) => plan.cue === cue);
    if (planned?.reel) return planned.reel;
    const isBend =
      heard.cue?.running &&
      isSameSource(heard.cue.source, cue.source) &&
      Math.abs(lineAt(heard.cue, atMs) - lineAt(cue, atMs)) < BEND_MS;
    if (isBend && heard.reel !== null) return heard.reel;
    return this.#reels.for(cue.source, Math.max(0, lineAt(cue, atMs)), heard.reel);
  }

  #plan(
    what: { cue: Cue | null; reel: Reel | null },
    frame: number,
    line: SampleLine | null,
    fadeMs: number,
    joins: boolean,
  ): void {
    const last = this.#sent.at(-1) ?? this.#enacted;
    const isKnown = last.id > 0 && last.cue === what.cue && last.reel === what.reel;
    const pageMs = performance.now();
    if (isKnown && (this.#enacted === last || pageMs - this.#plannedAtMs < PLAN_EVERY_MS)) return;
    this.#plannedAtMs = pageMs;
    const id = isKnown ? last.id : ++this.#plans;
    if (!isKnown) this.#sent.push({ id, ...what });
    const fadeFrames = Math.round((fadeMs * (this.#output.sampleRateHz ?? 0)) / 1_000);
    const voice = what.reel?.voice ?? null;
    this.#output.send({ kind: "plan", plan: { id, voice, frame, line, fadeFrames, joins } });
  }

  #cancel(plan: Sent): void {
    this.#output.send({ kind: "plan", plan: null });
    this.#sent = this.#sent.filter((sent) => sent !== plan);
  }

  #fadeMs(cue: Cue, positionMs: number): number {
    const { cue: heard } = this.#enacted;
    const isOther = heard !== null && heard.running && !isSameSource(heard.source, cue.source);
    if (isOther && this.#crossfadeMs > 0) return this.#crossfadeMs;
    return positionMs < 1 ? 0 : SEEK_FADE_MS;
  }

  /** True when the cue begins where what is heard ends. */
  #joins(cue: Cue): boolean {
    const { cue: heard, reel } = this.#enacted;
    const durationMs = reel?.durationMs ?? null;
    if (heard === null || durationMs === null || cue.positionMs > 1 || cue.rate !== heard.rate) return false;
    return Math.abs(lineAt(heard, cue.atMs) - durationMs) < JOIN_MS;
  }

  /** Tells the audio thread where it should be. */
  #steer(nowMs: number, pageMs: number): void {
    const { cue, reel } = this.#enacted;
    if (cue === null || reel === null || !cue.running || !this.#isSteady(pageMs)) return;
    const stepped = this.#steps !== this.#output.map.steps || !this.#wasSteady;
    if (!stepped && pageMs - this.#lineAtMs < LINE_EVERY_MS) return;
    // Right before a bend of the same voice, a line of the old cue could arrive after it.
    if (this.#sent.some((plan) => plan.reel === reel && (plan.cue?.atMs ?? 0) < nowMs + START_MS)) return;
    const line = this.#lineOf(cue, reel, nowMs, pageMs);
    if (line === null) return;
    this.#lineAtMs = pageMs;
    this.#steps = this.#output.map.steps;
    this.#wasSteady = true;
    this.#output.send({ kind: "line", voice: reel.voice, line, stepped });
  }

  /** The cue's line in frames and samples; null while clock or track are not known. */
  #lineOf(cue: Cue, reel: Reel, nowMs: number, pageMs: number): SampleLine | null {
    const frame = this.#output.frameAt(pageMs);
    const { sampleRateHz } = this.#output;
    const hz = reel.sampleRateHz;
    if (frame === null || sampleRateHz === null || hz === null) return null;
    const slope = this.#output.map.line?.slope ?? 0;
    const step = (cue.rate * hz) / (sampleRateHz * (1 + slope));
    return { frame, position: (lineAt(cue, nowMs) * hz) / 1_000, step, rate: cue.rate };
  }

  /** True when the device's clock can be read, or had its time. */
  #isSteady(pageMs: number): boolean {
    const { map } = this.#output;
    if (isSettled(map)) return true;
    this.#wasSteady = false;
    return map.sinceMs !== null && pageMs - map.sinceMs > PATIENCE_MS;
  }

  /** Keeps the reels ahead of where they are or will be read, and lets the others go. */
  #feed(nowMs: number): void {
    const needed = new Set<Reel>();
    for (const { cue, reel } of [this.#enacted, ...this.#sent]) {
      if (cue === null || reel === null) continue;
      reel.advance(lineAt(cue, Math.max(nowMs, cue.atMs)), true);
      needed.add(reel);
    }
    const bring = (reel: Reel, positionMs: number, isUrgent: boolean): void => {
      if (!needed.has(reel)) reel.advance(positionMs, isUrgent);
      needed.add(reel);
    };
    for (const cue of [this.#leading, this.#agenda.next]) {
      if (cue === null || (cue.running && this.#isPlanned(cue))) continue;
      bring(this.#reelFor(cue, nowMs), lineAt(cue, Math.max(nowMs, cue.atMs)), cue === this.#agenda.current);
    }
    if (this.#prepared !== null) {
      const { source, positionMs } = this.#prepared;
      bring(this.#reels.for(source, positionMs, this.#enacted.reel), positionMs, false);
    }
    this.#reels.keep(needed);
  }

  #onReelFailed(error: unknown, isDue: boolean): void {
    if (error instanceof Undecodable || error instanceof NotReadable || error instanceof NoFacts) {
      this.#onUnfit(error.message);
    } else if (isDue) {
      this.#error = error instanceof Error ? error.message : String(error);
      this.#agenda.clear();
      this.#plan({ cue: null, reel: null }, 0, null, 0, false);
    }
  }

  // ------------------------------------------------------------------ the view

  /** Position minus the line, ms; null while nothing sounds. */
  #driftMs(): number | null {
    const { report, sampleRateHz } = this.#output;
    const { cue, reel } = this.#enacted;
    const hz = reel?.sampleRateHz ?? null;
    if (!report || !cue?.running || hz === null || sampleRateHz === null) return null;
    if (report.voice !== reel?.voice || report.isStarving || report.hasEnded) return null;
    const heardMs = this.#output.pageAt(report.frame);
    if (heardMs === null || !this.#isSteady(performance.now())) return null;
    const atMs = this.#now() + (heardMs - performance.now());
    return (1_000 * report.position) / hz - lineAt(cue, atMs);
  }

  #state(nowMs: number): EngineState {
    if (this.#error !== null) return "failed";
    const { current, next } = this.#agenda;
    if (this.#blocked) return "blocked";
    if (current === null && next === null) return "idle";
    if (current?.running) return this.#soundingState(current, next);
    if (next === null) return "paused";
    const isFar = nowMs < next.atMs - START_MS;
    return isFar || !next.running || this.#isPlanned(next) ? "waiting" : "loading";
  }

  #soundingState(current: Cue, next: Cue | null): EngineState {
    const { cue } = this.#enacted;
    const { report } = this.#output;
    // What comes next may have begun on the audio thread; what is heard is still the one before.
    if (cue !== null && cue === next) return "playing";
    if (!report || !cue?.running || !isSameSource(cue.source, current.source)) return "loading";
    if (report.hasEnded) return "waiting";
    return report.isStarving ? "loading" : "playing";
  }

  #show(nowMs: number): void {
    const state = this.#state(nowMs);
    const old = this.#view.getSnapshot();
    const { current, next } = this.#agenda;
    const itemId = (current ?? next)?.source.itemId ?? null;
    const same = old.state === state && old.itemId === itemId && old.error === this.#error;
    if (same && Math.abs(nowMs - this.#shownAtMs) < SHOW_EVERY_MS) return;
    this.#shownAtMs = nowMs;
    const cue = this.#leading ?? next;
    const reel = cue === null ? null : this.#reelFor(cue, nowMs);
    const positionMs = cue === null ? 0 : Math.max(0, lineAt(cue, Math.max(nowMs, cue.atMs)));
    this.#view.set({
      state,
      error: this.#error,
      itemId,
      driftMs: state === "playing" ? (this.#driftMs() ?? old.driftMs) : null,
      bufferedMs: Math.round(reel?.aheadMs(positionMs) ?? 0),
      rung: reel?.rung ?? null,
    });
  }
}

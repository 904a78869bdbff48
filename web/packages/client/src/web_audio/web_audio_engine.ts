import { IDLE_VIEW, isSameSource, lineAt, type Cue, type EngineState } from "../engine.js";
import type { EngineView, Measurement, PlayerEngine, Source } from "../engine.js";
import { Store, type Observable } from "../store.js";
import { Agenda } from "../agenda.js";
import { AudioOutput } from "./audio_output.js";
import { contextRateFor, USUAL_RATE_HZ } from "./context_rate.js";
import { Casting, placeOf } from "./casting.js";
import { Undecodable } from "./decoding.js";
import { Gesture } from "./gesture.js";
import { NotReadable } from "./mp4_boxes.js";
import { Pilot } from "./pilot.js";
import { sampleLineOf } from "./placing.js";
import { Reels } from "./reels.js";
import { SilentLoop } from "./silent_loop.js";
import { NOW, Staging } from "./staging.js";
import { stateOf } from "./state.js";
import { NoFacts } from "./track.js";

const TICK_MS = 40;
const SHOW_EVERY_MS = 500;
/** At hand before a voice begins. */
const START_MS = 1_000;
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

/**
 * The engine on Web Audio: decoded samples, placed on the device's own clock. What is to be heard
 * from when on is a plan that the audio thread carries out at its frame; between plans it pursues
 * the line it is told five times a second.
 */
export class WebAudioEngine implements PlayerEngine {
  readonly kind = "graph";
  readonly #clock: { now(): number };
  readonly #onUnfit: (reason: string) => void;
  readonly #view = new Store<EngineView>(IDLE_VIEW);
  readonly #output: AudioOutput;
  readonly #reels: Reels;
  readonly #loop = new SilentLoop();
  readonly #agenda = new Agenda();
  #prepared: { source: Source; positionMs: number } | null = null;
  readonly #staging: Staging;
  readonly #pilot: Pilot;
  readonly #casting: Casting;
  readonly #gesture: Gesture;
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
    this.#staging = new Staging(this.#output);
    this.#reels = new Reels({
      output: this.#output,
      token: options.token ?? (() => null),
      onChange: () => this.#tick(),
    });
    this.#pilot = new Pilot(this.#output, this.#staging);
    this.#casting = new Casting(this.#agenda, this.#staging, this.#reels);
    this.#gesture = new Gesture(this.#output, () => this.#tick());
    this.#output.start(USUAL_RATE_HZ); // its clock is readable a second later: by then there is music
  }

  get view(): Observable<EngineView> {
    return this.#view;
  }

  /** What the browser says the device takes, ms; null when it does not say. */
  get outputLatencyMs(): number | null {
    return this.#output.latencyMs;
  }

  async unlock(): Promise<boolean> {
    this.#output.start(USUAL_RATE_HZ);
    const allowed = await this.#gesture.given();
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
      this.#output.start(USUAL_RATE_HZ); // its clock will be readable when something begins
    } else if (this.#agenda.decide(cue, this.#now())) {
      if (isSameSource(cue.source, this.#prepared?.source ?? null)) this.#prepared = null;
      this.#open(cue.source);
    } else return;
    this.#tick();
  }

  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#applyVolume();
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#applyVolume();
  }

  setOutputLatency(latencyMs: number): void {
    if (latencyMs !== this.#latencyMs) this.#pilot.expectStep();
    this.#latencyMs = latencyMs;
  }

  setOutputDevice(deviceId: string): Promise<void> {
    return this.#output.setDevice(deviceId);
  }

  setCrossfade(fadeMs: number): void {
    this.#crossfadeMs = Math.max(0, fadeMs);
  }

  measure(): Measurement | null {
    const { cue } = this.#staging.enacted;
    const atMs = this.#now();
    const driftMs = this.#pilot.driftMs(atMs, performance.now());
    if (cue === null || driftMs === null || cue.atMs > atMs) return null;
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
    this.#gesture.forget();
    this.#view.set(IDLE_VIEW);
  }

  #applyVolume(): void {
    this.#output.setVolume(this.#muted ? 0 : this.#volume);
  }

  /** The hub's time as it is heard: ahead by what the speakers take beyond what the browser knows. */
  #now(): number {
    return this.#clock.now() + this.#latencyMs;
  }

  /** Makes the context at the track's rate, unless there is one that was heard already. */
  #open(source: Source): void {
    this.#reels.track(source.url).then(
      ({ sampleRateHz }) => {
        const rateHz = contextRateFor(sampleRateHz);
        const { sampleRateHz: openHz } = this.#output;
        if (openHz !== null && openHz !== rateHz && this.#staging.isFresh) this.#onLost(rateHz);
        this.#output.start(rateHz);
        this.#tick();
      },
      () => this.#tick(), // the reel says why
    );
  }

  #onLost(rateHz: number = this.#output.sampleRateHz ?? USUAL_RATE_HZ): void {
    this.#forget();
    this.#output.close();
    this.#output.start(rateHz);
    this.#tick();
  }

  #forget(): void {
    this.#reels.close();
    this.#staging.clear();
  }

  /** One look at everything that is due; plans the next one. */
  #tick(): void {
    if (this.#ticker !== null) clearTimeout(this.#ticker);
    this.#ticker = null;
    this.#output.poll();
    if (this.#error !== null) return this.#show(this.#now());
    const nowMs = this.#now();
    const pageMs = performance.now();
    this.#agenda.advance(nowMs);
    this.#staging.hear();
    const { current, next } = this.#agenda;
    const wantsSound = (current ?? next)?.running ?? false;
    if (this.#output.isRunning) {
      this.#gesture.forget();
      this.#arrange(nowMs, pageMs);
      this.#pilot.steer(nowMs, pageMs);
    } else if (this.#output.isOpen) {
      this.#staging.hush(); // what it would play when it goes on is not what is wanted then
      if (wantsSound) this.#gesture.ask();
    }
    this.#casting.feed(nowMs, this.#prepared);
    if (wantsSound && this.#output.isRunning) this.#loop.play();
    else this.#loop.pause();
    this.#show(nowMs);
    // The audio thread's reports wake it up as well, also where a hidden page's timers are held back.
    if (current !== null || next !== null) this.#ticker = setTimeout(() => this.#tick(), TICK_MS);
  }

  #arrange(nowMs: number, pageMs: number): void {
    const { current, next } = this.#agenda;
    if (current === null && next === null) return this.#staging.hush();
    // The audio thread renders ahead of what is heard: the next may have begun there already.
    if (next !== null && this.#staging.enacted.cue === next) return;
    if (current !== null && !this.#staging.of(current)) this.#approach(current, nowMs, pageMs);
    else if (next !== null && this.#staging.sent.every(({ cue }) => cue !== current)) {
      this.#approach(next, nowMs, pageMs);
    }
  }

  /** Tells the audio thread of the cue, as soon as there is something to play. */
  #approach(cue: Cue, nowMs: number, pageMs: number): void {
    const isDue = cue.atMs <= nowMs;
    const aheadMs = Math.max(0, cue.atMs - nowMs);
    const frame = isDue ? 0 : this.#output.frameAt(pageMs + aheadMs);
    if (frame === null) return;
    if (!cue.running) return this.#staging.tell(cue, null, { ...NOW, frame });
    const reel = this.#casting.reelFor(cue, nowMs);
    const error = this.#reels.errorOf(reel);
    if (error !== null) return this.#onReelFailed(error, isDue);
    const line = sampleLineOf(this.#output, cue, reel, nowMs, pageMs);
    const positionMs = lineAt(cue, nowMs + aheadMs);
    const isReady = line !== null && reel.isReady(Math.max(0, positionMs), START_MS);
    if (isReady && (!isDue || this.#pilot.isSteady(pageMs))) {
      const fadeMs = this.#casting.fadeMs(cue, this.#crossfadeMs);
      this.#staging.tell(cue, reel, { frame, line, fadeMs, joins: this.#casting.joins(cue) });
    } else if (this.#staging.sent.length > 0 && this.#staging.last.cue !== cue) {
      this.#staging.takeBack(); // what was planned for another moment must not happen in its place
    }
  }

  #onReelFailed(error: unknown, isDue: boolean): void {
    if (error instanceof Undecodable || error instanceof NotReadable || error instanceof NoFacts) {
      this.#onUnfit(error.message);
    } else if (isDue) {
      this.#error = error instanceof Error ? error.message : String(error);
      this.#agenda.clear();
      this.#staging.hush();
    }
  }

  #state(nowMs: number): EngineState {
    if (this.#error !== null) return "failed";
    if (this.#gesture.isMissing) return "blocked";
    return stateOf(this.#agenda, this.#staging, this.#output.report, nowMs);
  }

  #show(nowMs: number): void {
    const state = this.#state(nowMs);
    const old = this.#view.getSnapshot();
    const { current, next } = this.#agenda;
    const itemId = (current ?? next)?.source.itemId ?? null;
    const same = old.state === state && old.itemId === itemId && old.error === this.#error;
    if (same && Math.abs(nowMs - this.#shownAtMs) < SHOW_EVERY_MS) return;
    this.#shownAtMs = nowMs;
    const cue = this.#casting.leading ?? next;
    const reel = cue === null ? null : this.#casting.reelFor(cue, nowMs);
    const positionMs = cue === null ? 0 : placeOf(cue, nowMs);
    const driftMs = this.#pilot.driftMs(nowMs, performance.now());
    this.#view.set({
      state,
      error: this.#error,
      itemId,
      driftMs: state === "playing" ? (driftMs ?? old.driftMs) : null,
      bufferedMs: Math.round(reel?.aheadMs(positionMs) ?? 0),
      rung: reel?.rung ?? null,
    });
  }
}

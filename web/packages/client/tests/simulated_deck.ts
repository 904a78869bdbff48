import type { DeckEvents } from "../src/deck.js";
import type { Source } from "../src/engine.js";
import type { DeckLike } from "../src/entry.js";
import { CHROMIUM, SimulatedElement, type ElementTraits } from "./simulated_element.js";

export interface DeckTraits extends ElementTraits {
  loadMs: number;
  seekMs: number;
  trackMs: number;
}

export const QUICK_DECK: DeckTraits = { ...CHROMIUM, loadMs: 180, seekMs: 30, trackMs: 180_000 };

/** A deck in the time of vitest's fake timers, with a browser's delays. */
export class SimulatedDeck implements DeckLike {
  source: Source | null = null;
  isAudible = false;
  deviceId = "";
  rate = 1;
  volume = 1;
  muted = false;
  /** What the browser does at `play`. */
  refusesPlay = false;
  /** Times at which `play` was called. */
  readonly starts: number[] = [];
  readonly rates: number[] = [];
  readonly cued: number[] = [];
  unlocked = 0;
  readonly rung = "aac_128";
  readonly bufferedMs = 20_000;
  readonly #traits: DeckTraits;
  readonly #events: DeckEvents;
  #element: SimulatedElement | null = null;
  #restMs = 0;
  #readyAtMs = Infinity;
  #seed: number;

  constructor(events: DeckEvents, traits: DeckTraits = QUICK_DECK, seed = 1) {
    this.#events = events;
    this.#traits = traits;
    this.#seed = seed;
  }

  get isRunning(): boolean {
    return this.#element !== null && !this.hasEnded;
  }

  get isReady(): boolean {
    return this.source !== null && Date.now() >= this.#readyAtMs;
  }

  get hasEnded(): boolean {
    return this.#trueMs() >= this.#traits.trackMs;
  }

  get positionMs(): number {
    return Math.min(this.#traits.trackMs, this.#element?.read(Date.now()) ?? this.#restMs);
  }

  /** Without errors of reading. */
  trueMs(): number {
    return Math.min(this.#traits.trackMs, this.#trueMs());
  }

  cue(source: Source, positionMs: number): void {
    this.setAudible(false);
    this.pause();
    const same = this.source?.itemId === source.itemId;
    this.source = source;
    if (same) return this.moveTo(positionMs);
    this.cued.push(positionMs);
    this.#stand(positionMs, this.#traits.loadMs);
  }

  moveTo(positionMs: number): void {
    this.cued.push(positionMs);
    this.#stand(
      positionMs,
      Math.max(this.#traits.seekMs, Math.min(this.#readyAtMs - Date.now(), this.#traits.loadMs)),
    );
  }

  play(): Promise<void> {
    if (this.refusesPlay) return Promise.reject(new DOMException("no gesture", "NotAllowedError"));
    if (this.#element !== null) return Promise.resolve();
    this.starts.push(Date.now());
    this.#element = new SimulatedElement(this.#traits, this.#seed++, Date.now(), this.#restMs);
    this.#element.setRate(this.rate);
    return Promise.resolve();
  }

  pause(): void {
    this.#restMs = this.trueMs();
    this.#element = null;
  }

  /** Stopped from outside: a phone call, headphones pulled out. */
  interrupt(): void {
    this.pause();
    queueMicrotask(this.#events.onChange);
  }

  fail(message: string): void {
    this.#events.onFailed(message);
  }

  setRate(rate: number): void {
    if (rate !== this.rate) this.rates.push(rate);
    this.rate = rate;
    this.#element?.setRate(rate);
  }

  setAudible(audible: boolean): void {
    this.isAudible = audible;
  }

  setOutputDevice(deviceId: string): Promise<void> {
    this.deviceId = deviceId;
    return Promise.resolve();
  }

  setVolume(volume: number, muted: boolean): void {
    this.volume = volume;
    this.muted = muted;
  }

  unlock(): Promise<boolean> {
    this.unlocked++;
    this.refusesPlay = false;
    return Promise.resolve(true);
  }

  eject(): void {
    this.pause();
    this.source = null;
    this.isAudible = false;
    this.#readyAtMs = Infinity;
  }

  #trueMs(): number {
    return this.#element?.truth(Date.now()) ?? this.#restMs;
  }

  #stand(positionMs: number, readyInMs: number): void {
    this.#restMs = positionMs;
    this.#element = null;
    this.#readyAtMs = Date.now() + readyInMs;
    setTimeout(() => this.#events.onChange(), readyInMs);
  }
}

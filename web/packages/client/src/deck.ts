import type { Source } from "./engine.js";
import { sendTo } from "./output_device.js";
import { attach, type AttachedSource } from "./media_source.js";
import { silentWav } from "./silence.js";

/** Not quite zero: a browser may give a silent element another clock, whose latency differs. */
const INAUDIBLE = 1e-4;
/** HTMLMediaElement's own numbers. */
const HAVE_METADATA = 1;
const HAVE_FUTURE_DATA = 3;

/** `timeupdate` comes four times a second also where a hidden page's timers are held back. */
const ELEMENT_EVENTS = ["canplay", "waiting", "seeked", "playing", "pause", "ended", "timeupdate"];

export interface DeckEvents {
  /** Buffered, stalled, seeked, started, ended …: look again. */
  onChange: () => void;
  onFailed: (message: string) => void;
}

/**
 * One media element that holds one source: as a record player's deck, it can be cued, started,
 * made audible and have its speed changed. It knows no shared timeline.
 */
export class Deck {
  readonly #element: HTMLAudioElement;
  readonly #token: () => string | null;
  readonly #events: DeckEvents;
  #source: Source | null = null;
  #attached: AttachedSource | null = null;
  #loading: AbortController | null = null;
  #audible = false;
  #volume = 1;
  #muted = false;
  /** Where the next start should be while nothing is loaded that could be moved there. */
  #wantedMs: number | null = null;

  constructor(token: () => string | null, events: DeckEvents, element = new Audio()) {
    this.#element = element;
    this.#token = token;
    this.#events = events;
    element.preload = "auto";
    // Without it a change of speed goes through a time stretcher, which is heard and costs time.
    element.preservesPitch = false;
    for (const name of ELEMENT_EVENTS) {
      element.addEventListener(name, () => this.#onElement());
    }
    this.#applyVolume();
  }

  get source(): Source | null {
    return this.#source;
  }

  /** True while it plays, heard or not. */
  get isRunning(): boolean {
    return !this.#element.paused && !this.#element.ended;
  }

  /** True when it stands at its place with audio at hand: a start would start. */
  get isReady(): boolean {
    const { readyState, seeking } = this.#element;
    return this.#source !== null && !seeking && readyState >= HAVE_FUTURE_DATA;
  }

  get isAudible(): boolean {
    return this.#audible;
  }

  get hasEnded(): boolean {
    return this.#element.ended;
  }

  get positionMs(): number {
    return this.#wantedMs ?? this.#element.currentTime * 1000;
  }

  get rung(): string | null {
    return this.#attached?.rung() ?? null;
  }

  /** Audio at hand from the position on, ms. */
  get bufferedMs(): number {
    const { buffered, currentTime } = this.#element;
    for (let i = 0; i < buffered.length; i++) {
      // A part may begin some ms late: encoders' priming is not always part of the timeline.
      if (buffered.start(i) <= currentTime + 0.1 && currentTime < buffered.end(i)) {
        return (buffered.end(i) - currentTime) * 1000;
      }
    }
    return 0;
  }

  /** Loads the source and stands, silent, at `positionMs`; only moves there if it is loaded. */
  cue(source: Source, positionMs: number): void {
    this.setAudible(false);
    this.#element.pause();
    if (this.#source?.itemId === source.itemId && this.#source.url === source.url) {
      this.moveTo(positionMs);
      return;
    }
    this.eject();
    this.#source = source;
    this.#wantedMs = positionMs;
    const loading = (this.#loading = new AbortController());
    const onFailed = (message: string): void => {
      if (!loading.signal.aborted) this.#events.onFailed(message);
    };
    const options = { url: source.url, startMs: positionMs, token: this.#token, onFailed };
    attach(this.#element, options, loading.signal).then(
      (attached) => {
        if (loading.signal.aborted) attached?.release();
        else this.#attached = attached;
      },
      (error: unknown) => onFailed(String(error)),
    );
  }

  /** Goes to another place of what is loaded; `isReady` tells when it is there. */
  moveTo(positionMs: number): void {
    if (this.#element.readyState >= HAVE_METADATA) {
      this.#wantedMs = null;
      if (Math.abs(this.#element.currentTime * 1000 - positionMs) < 0.5 && !this.#element.ended)
        return;
      this.#element.currentTime = positionMs / 1000;
    } else {
      this.#wantedMs = positionMs;
    }
  }

  /** Rejects with NotAllowedError when the browser wants a gesture first. */
  play(): Promise<void> {
    return this.#element.play();
  }

  pause(): void {
    this.#element.pause();
  }

  /** 1 is the recorded speed. */
  setRate(rate: number): void {
    if (this.#element.playbackRate !== rate) this.#element.playbackRate = rate;
  }

  setAudible(audible: boolean): void {
    this.#audible = audible;
    this.#applyVolume();
  }

  setVolume(volume: number, muted: boolean): void {
    this.#volume = volume;
    this.#muted = muted;
    this.#applyVolume();
  }

  /** Rejects where the device is not there, or the browser lets nobody choose. */
  async setOutputDevice(deviceId: string): Promise<void> {
    await sendTo(this.#element, deviceId);
  }

  /** Starts and stops inside a gesture, after which the browser lets this element play. */
  async unlock(): Promise<boolean> {
    const wasPaused = this.#element.paused;
    const blank = this.#source === null ? URL.createObjectURL(silentWav(0.1)) : null;
    if (blank !== null) this.#element.src = blank;
    try {
      await this.#element.play();
      if (wasPaused) this.#element.pause();
      return true;
    } catch (error) {
      // A load that overtook the start, or a blank the browser cannot read, says nothing about it.
      return (error as DOMException).name !== "NotAllowedError";
    } finally {
      if (blank !== null) {
        if (this.#source === null) this.#element.removeAttribute("src");
        URL.revokeObjectURL(blank);
      }
    }
  }

  /** Lets the source go. */
  eject(): void {
    this.#loading?.abort();
    this.#loading = null;
    this.#attached?.release();
    this.#attached = null;
    this.#source = null;
    this.#wantedMs = null;
    this.#element.pause();
    this.setAudible(false);
  }

  #onElement(): void {
    if (this.#wantedMs !== null && this.#element.readyState >= HAVE_METADATA) {
      this.moveTo(this.#wantedMs);
    }
    this.#events.onChange();
  }

  #applyVolume(): void {
    const heard = this.#audible && !this.#muted;
    this.#element.volume = heard ? this.#volume : INAUDIBLE;
    // Where the volume is the system's alone (iOS), only this silences.
    const obeys = Math.abs(this.#element.volume - (heard ? this.#volume : INAUDIBLE)) < 1e-3;
    this.#element.muted = !heard && !obeys;
  }
}

import { sendTo } from "../output_device.js";
import type { Report } from "./mixer.js";
import { contextAt, NO_OUTPUT, pageAt, read, restart, type OutputMap } from "./output_map.js";
import { judge, NO_TRIAL, type OutputTrial } from "./sanity.js";
import { PROCESSOR, type FromWorklet, type ToWorklet } from "./worklet_messages.js";

/**
 * A large buffer keeps the device's clock readable, and sound through a busy moment; but browsers keep
 * three of them, and a newcomer waits for all. In Chromium on PulseAudio 0.25 s are heard 0.69 s late,
 * 0.1 s 0.33 s late; what the clock tells scatters by 0.10 and 0.16 ms.
 */
const LATENCY_HINT_S = 0.1;
/** Readings of the first moments after a start are not judged. */
const JUDGE_AFTER_MS = 2_500;
/** A machine that was busy for some seconds is none that lies: so many spans in a row have to be bad. */
const MOST_DOUBTS = 4;
/** A clock that stands still for this long, though it should run, has lost its device. */
const FROZEN_MS = 3_000;
/** A device that failed is asked for again after this. */
const ANEW_AFTER_MS = 1_000;
const VOLUME_RAMP_S = 0.015;

export interface OutputEvents {
  /** Something is to be looked at: a report from the audio thread, a change of state. */
  onChange: () => void;
  /** This device's clock cannot be trusted, or there is no audio thread. */
  onUnfit: (reason: string) => void;
  /** The context was lost with all its voices; `start` makes a new one. */
  onLost: () => void;
}

/** The context, the mixer in its audio thread, and the map from the page's clock to the device's. */
export class AudioOutput {
  readonly #workletUrl: string;
  readonly #events: OutputEvents;
  #context: AudioContext | null = null;
  #node: AudioWorkletNode | null = null;
  #gain: GainNode | null = null;
  #map: OutputMap = NO_OUTPUT;
  #trial: OutputTrial = NO_TRIAL;
  #doubts = 0;
  #runningSinceMs: number | null = null;
  #report: Report | null = null;
  #volume = 1;
  #deviceId = "";
  #lastTime = { contextS: -1, pageMs: 0 };
  /** Since when readings have been missing, and when that was last seen. */
  #missing = { sinceMs: 0, lastMs: -Infinity };
  /** Said before the audio thread was there. */
  #unsent: { message: ToWorklet; transfer: Transferable[] }[] = [];

  constructor(workletUrl: string, events: OutputEvents) {
    this.#workletUrl = workletUrl;
    this.#events = events;
  }

  get map(): OutputMap {
    return this.#map;
  }

  /** The audio thread's last word about what it does; null before the first. */
  get report(): Report | null {
    return this.#report;
  }

  get sampleRateHz(): number | null {
    return this.#context?.sampleRate ?? null;
  }

  get isOpen(): boolean {
    return this.#context !== null;
  }

  /** True while sound goes to the device; false while a gesture is missing or the system interrupts. */
  get isRunning(): boolean {
    return this.#context?.state === "running";
  }

  /** What the browser says the device takes, ms; null when it does not say. */
  get latencyMs(): number | null {
    const { outputLatency } = this.#context ?? {};
    return typeof outputLatency === "number" && outputLatency > 0 ? 1_000 * outputLatency : null;
  }

  /** Makes the context. Its clock needs seconds to become readable: do it early, never close it on pause. */
  start(sampleRateHz: number): void {
    if (this.#context !== null) return;
    const context = new AudioContext({ sampleRate: sampleRateHz, latencyHint: LATENCY_HINT_S });
    this.#context = context;
    this.#map = NO_OUTPUT;
    this.#restartTrial();
    context.onstatechange = () => this.#onState(context);
    context.addEventListener("error", () => this.#onBroken(context));
    navigator.mediaDevices?.addEventListener("devicechange", this.#onDevices);
    // A device that is gone meanwhile: the system's own sounds.
    if (this.#deviceId !== "") sendTo(context, this.#deviceId).catch(() => undefined);
    this.#load(context).catch((error: unknown) => {
      if (this.#context === context) this.#events.onUnfit(`no audio thread: ${String(error)}`);
    });
    this.#onState(context);
  }

  /** Asks for sound. True when it may start; call it in a gesture where the browser wants one. */
  async resume(withinMs: number): Promise<boolean> {
    const context = this.#context;
    if (context === null) return false;
    // A refused `resume` stays open until there is a gesture.
    const patience = new Promise((resolve) => setTimeout(resolve, withinMs));
    await Promise.race([context.resume().catch(() => undefined), patience]);
    return context.state === "running";
  }

  /** Context frame that is heard at page time `pageMs`; null while nothing is known. */
  frameAt(pageMs: number): number | null {
    const contextMs = contextAt(this.#map, pageMs);
    return contextMs === null || this.#context === null ? null : (contextMs * this.#context.sampleRate) / 1_000;
  }

  /** Page time at which a context frame is heard; null while nothing is known. */
  pageAt(frame: number): number | null {
    return this.#context === null ? null : pageAt(this.#map, (frame * 1_000) / this.#context.sampleRate);
  }

  send(message: ToWorklet, transfer: Transferable[] = []): void {
    if (this.#node === null) this.#unsent.push({ message, transfer });
    else this.#node.port.postMessage(message, transfer);
  }

  setVolume(volume: number): void {
    this.#volume = volume;
    const { currentTime } = this.#context ?? {};
    if (currentTime !== undefined) this.#gain?.gain.setTargetAtTime(volume, currentTime, VOLUME_RAMP_S);
  }

  /** Sounds on this device from now on; rejects, and stays where it was, when it cannot. */
  async setDevice(deviceId: string): Promise<void> {
    const context = this.#context;
    if (context !== null) await sendTo(context, deviceId);
    this.#deviceId = deviceId;
    if (context !== null && context === this.#context) this.#onDevices();
  }

  /** Looks at the device's clock. To be called some 25 times a second while it matters. */
  poll(): void {
    const context = this.#context;
    if (context === null || context.state !== "running") return;
    const nowMs = performance.now();
    if (this.#isFrozen(context, nowMs)) return this.#lose();
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    if (!contextTime || !performanceTime) return this.#judgeMissing(nowMs);
    const reading = { pageMs: performanceTime, contextMs: 1_000 * contextTime };
    this.#map = read(this.#map, reading);
    if (this.#runningSinceMs === null || nowMs - this.#runningSinceMs < JUDGE_AFTER_MS) return;
    const { trial, verdict } = judge(this.#trial, reading, 1_000 * context.currentTime, nowMs);
    this.#trial = trial;
    if (verdict === "unknown") return;
    this.#trial = NO_TRIAL; // and on to the next span
    this.#doubts = verdict === "sane" ? 0 : this.#doubts + 1;
    if (this.#doubts === MOST_DOUBTS) {
      this.#events.onUnfit(`the device's clock cannot be trusted (${verdict})`);
    }
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#onDevices);
    const context = this.#context;
    if (this.#node !== null) this.#node.port.onmessage = null;
    this.#context = this.#node = this.#gain = this.#report = null;
    this.#unsent = [];
    this.#map = NO_OUTPUT;
    if (context === null) return;
    context.onstatechange = null;
    context.close().catch(() => undefined);
  }

  async #load(context: AudioContext): Promise<void> {
    await context.audioWorklet.addModule(this.#workletUrl);
    if (this.#context !== context) return;
    const node = new AudioWorkletNode(context, PROCESSOR, {
      numberOfInputs: 0,
      numberOfOutputs: 1,
      outputChannelCount: [2],
    });
    node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
      this.#report = data;
      this.#events.onChange();
    };
    node.onprocessorerror = () => this.#events.onUnfit("the audio thread failed");
    const gain = new GainNode(context, { gain: this.#volume });
    node.connect(gain).connect(context.destination);
    this.#node = node;
    this.#gain = gain;
    for (const { message, transfer } of this.#unsent) node.port.postMessage(message, transfer);
    this.#unsent = [];
    this.#events.onChange();
  }

  #onState(context: AudioContext): void {
    if (this.#context !== context) return;
    const isRunning = context.state === "running";
    if (isRunning !== (this.#runningSinceMs !== null)) {
      // After a suspension (a phone call, a locked phone) the buffers fill anew.
      if (isRunning && this.#map.line !== null) this.#map = restart(this.#map);
      this.#restartTrial();
      this.#runningSinceMs = isRunning ? performance.now() : null;
    }
    this.#events.onChange();
  }

  /** The device failed under the context, which will not sound again: a new one may. */
  #onBroken(context: AudioContext): void {
    setTimeout(() => {
      if (this.#context === context) this.#lose();
    }, ANEW_AFTER_MS);
  }

  /** Headphones in or out: the sound may go elsewhere now, with another delay. */
  readonly #onDevices = (): void => {
    this.#map = restart(this.#map);
    this.#restartTrial();
    if (this.isRunning) this.#runningSinceMs = performance.now();
    this.#events.onChange();
  };

  #restartTrial(): void {
    this.#trial = NO_TRIAL;
    this.#doubts = 0;
    this.#lastTime = { contextS: -1, pageMs: performance.now() };
  }

  #isFrozen({ currentTime }: AudioContext, nowMs: number): boolean {
    const { contextS, pageMs } = this.#lastTime;
    // A page that slept has not looked for a while: that is no evidence.
    const isLate = nowMs - pageMs > FROZEN_MS + 2_000;
    if (currentTime !== contextS || isLate) this.#lastTime = { contextS: currentTime, pageMs: nowMs };
    return !isLate && currentTime === contextS && nowMs - pageMs > FROZEN_MS;
  }

  #judgeMissing(nowMs: number): void {
    // A page that was frozen finds no readings at first; only those it looked for in vain count.
    if (nowMs - this.#missing.lastMs > JUDGE_AFTER_MS) this.#missing.sinceMs = nowMs;
    this.#missing.lastMs = nowMs;
    if (nowMs - this.#missing.sinceMs > 2 * JUDGE_AFTER_MS) {
      this.#events.onUnfit("the device's clock cannot be read");
    }
  }

  #lose(): void {
    this.close();
    this.#events.onLost();
  }
}

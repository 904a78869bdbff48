import {
  fit,
  hubTime,
  isStep,
  keep,
  sampleOf,
  type ClockFit,
  type ClockSample,
} from "./clock_filter.js";
import type { HubConnection } from "../connection/connection.js";
import { delay } from "../delay.js";
import { Store, type Observable } from "../store.js";

/** At the start and after a step of a clock: as many as the filter needs, in about a second. */
const FIRST_EXCHANGES = 16;
const FIRST_PAUSE_MS = 50;
/** Then four a second, until the line has a base of this length. */
const EARLY_MS = 15_000;
const EARLY_PAUSE_MS = 250;
/** Then a burst each 2.5 s for as long as the clock runs. */
const BURST_EXCHANGES = 4;
const BURST_PAUSE_MS = 40;
const BURST_EVERY_MS = 2_500;
const EXCHANGE_TIMEOUT_MS = 3_000;
const STEP_TOLERANCE_MS = 20;
const STEPS_TO_BELIEVE = 3;

export interface ClockReading {
  /** Hub time minus this machine's Unix time, ms. */
  offsetMs: number;
  /** One sigma of the offset, ms. */
  spreadMs: number;
  /** Best round trip of the last 90 s. */
  rttMs: number;
  samples: number;
}

/** This machine's Unix time in ms, with fractions, never set back while the page lives. */
export function localTime(): number {
  return performance.timeOrigin + performance.now();
}

/** The hub's clock, as `clock:ping` shows it. Runs while the connection is online. */
export class ServerClock {
  readonly #connection: HubConnection;
  readonly #local: () => number;
  readonly #reading = new Store<ClockReading | null>(null);
  #window: ClockSample[] = [];
  #fit: ClockFit | null = null;
  #steps: ClockSample[] = [];
  #abort: AbortController | null = null;
  #ready = deferred();
  #burstEveryMs = BURST_EVERY_MS;
  #stopWaiting: (() => void) | null = null;

  constructor(connection: HubConnection, local: () => number = localTime) {
    this.#connection = connection;
    this.#local = local;
  }

  get reading(): Observable<ClockReading | null> {
    return this.#reading;
  }

  /** Hub time minus local time now, ms; 0 before anything is known. */
  get offsetMs(): number {
    return this.now() - this.#local();
  }

  /** One sigma of the offset, ms; Infinity before anything is known. */
  get spreadMs(): number {
    return this.#fit?.spreadMs ?? Infinity;
  }

  /** Hub time, Unix ms with fractions. Before the first exchange: this machine's own. */
  now(): number {
    return this.at(this.#local());
  }

  /** Hub time at the local Unix time `localMs`. */
  at(localMs: number): number {
    return this.#fit === null ? localMs : hubTime(this.#fit, localMs);
  }

  /** Measures more rarely from now on, or as usual (null): where thousands measure one clock. */
  pace(everyMs: number | null): void {
    this.#burstEveryMs = Math.max(BURST_EVERY_MS, everyMs ?? 0);
  }

  /** Resolves after the first 16 exchanges. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  start(): void {
    if (this.#abort) return;
    this.#abort = new AbortController();
    void this.#run(this.#abort.signal);
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#stopWaiting?.();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#online(signal);
        await this.#exchanges(FIRST_EXCHANGES, FIRST_PAUSE_MS, signal);
        this.#ready.resolve();
        await this.#exchanges(EARLY_MS / EARLY_PAUSE_MS, EARLY_PAUSE_MS, signal);
        for (;;) {
          await this.#exchanges(BURST_EXCHANGES, BURST_PAUSE_MS, signal);
          await delay(this.#burstEveryMs, signal);
        }
      } catch {
        // No connection, no answer or a step: start again. `#online` waits for the connection.
        if (!signal.aborted) await delay(FIRST_PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }

  async #exchanges(count: number, pauseMs: number, signal: AbortSignal): Promise<void> {
    for (let i = 0; i < count; i++) {
      const sent = { t0: this.#local() };
      const answer = await this.#connection.request("clock:ping", sent, {
        timeoutMs: EXCHANGE_TIMEOUT_MS,
        signal,
      });
      this.#take(sampleOf({ t0: sent.t0, t1: answer.t1, t2: answer.t2, t3: this.#local() }));
      await delay(pauseMs, signal);
    }
  }

  #take(sample: ClockSample): void {
    if (this.#fit !== null && isStep(this.#fit, sample, STEP_TOLERANCE_MS)) {
      this.#steps.push(sample);
      if (this.#steps.length < STEPS_TO_BELIEVE) return;
      // A clock was set, or this machine slept: what was measured before is about another clock.
      this.#window = this.#steps;
      this.#steps = [];
      this.#refit(sample.atMs);
      throw new Error("The clock has stepped.");
    }
    this.#steps = [];
    this.#window = keep(this.#window, sample);
    this.#refit(sample.atMs);
  }

  #refit(nowMs: number): void {
    this.#fit = fit(this.#window, nowMs);
    if (this.#fit === null) return;
    const { offsetMs, spreadMs, rttMs, samples } = this.#fit;
    this.#reading.set({ offsetMs, spreadMs, rttMs, samples });
  }

  #online(signal: AbortSignal): Promise<void> {
    const { status } = this.#connection;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!signal.aborted && status.getSnapshot().phase !== "online") return;
        unsubscribe();
        if (signal.aborted) reject(new Error("stopped"));
        else resolve();
      };
      const unsubscribe = status.subscribe(look);
      this.#stopWaiting = look;
      look();
    });
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

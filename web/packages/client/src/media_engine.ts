import { isSameLine, withCue } from "./agenda.js";
import { Deck, type DeckEvents } from "./deck.js";
import { Decks } from "./decks.js";
import { IDLE_VIEW, isSameSource, lineAt, type Cue, type EngineState } from "./engine.js";
import type { EngineView, Measurement, PlayerEngine, Source } from "./engine.js";
import { Entry, type DeckLike, type Leads } from "./entry.js";
import { LearnedLead } from "./lead.js";
import { Steering } from "./steering.js";
import type { KeyValueStorage } from "./storage.js";
import { Store, type Observable } from "./store.js";
import { AUDIBLE } from "./sync_controller.js";

const TICK_MS = 40;
/** The view changes at once with the state, else no more often than this. */
const SHOW_EVERY_MS = 500;

export interface MediaEngineOptions {
  /** The hub's clock. */
  clock: { now(): number };
  /** Access token for playlists and segments; null: the cookie goes along by itself. */
  token?: () => string | null;
  /** Keeps what was learned of this device. */
  storage?: KeyValueStorage | null;
  createDeck?: (events: DeckEvents) => DeckLike;
}

/**
 * The engine on media elements: two decks, one heard, one being made ready. What is heard is held
 * on the timeline by `sync_controller`; what is to be heard is brought there by an `Entry`.
 */
export class MediaEngine implements PlayerEngine {
  readonly kind = "media";
  readonly #clock: { now(): number };
  readonly #leads: Leads;
  readonly #view = new Store<EngineView>(IDLE_VIEW);
  readonly #decks: Decks;
  /** What is in effect: heard, paused, or on its way back. */
  #cue: Cue | null = null;
  /** Decided but not in effect yet, by ascending `atMs`. */
  #upcoming: Cue[] = [];
  /** Brings a deck to the first of them. */
  #entry: Entry | null = null;
  /** Brings the live deck back to the cue in effect. */
  #back: Entry | null = null;
  #steering: Steering | null = null;
  #blocked = false;
  #error: string | null = null;
  #latencyMs = 0;
  #ticker: ReturnType<typeof setTimeout> | null = null;
  #tickedAtMs: number;
  #shownAtMs = 0;

  constructor(options: MediaEngineOptions) {
    this.#clock = options.clock;
    const storage = options.storage ?? null;
    this.#leads = {
      start: new LearnedLead("start", storage),
      join: new LearnedLead("join", storage),
    };
    const token = options.token ?? (() => null);
    const createDeck = options.createDeck ?? ((events: DeckEvents) => new Deck(token, events));
    this.#decks = new Decks(
      createDeck,
      () => this.#tick(),
      (deck, message) => this.#onFailed(deck, message),
    );
    this.#tickedAtMs = this.#now();
  }

  get view(): Observable<EngineView> {
    return this.#view;
  }

  async unlock(): Promise<boolean> {
    const allowed = await this.#decks.unlock();
    if (!allowed || !this.#blocked) return allowed;
    this.#blocked = false;
    this.#tick();
    return true;
  }

  prepare(source: Source, positionMs: number): void {
    this.#decks.prepare(source, positionMs, this.#entry?.deck);
  }

  follow(cue: Cue | null): void {
    const nowMs = this.#now();
    this.#error = null;
    if (cue === null) this.#silence();
    else if (this.#isKnown(cue, nowMs)) return;
    else this.#decide(cue, nowMs);
    this.#tick();
  }

  setVolume(volume: number): void {
    this.#decks.setVolume(volume);
  }

  setMuted(muted: boolean): void {
    this.#decks.setMuted(muted);
  }

  setOutputLatency(latencyMs: number): void {
    this.#latencyMs = latencyMs;
  }

  setOutputDevice(deviceId: string): Promise<void> {
    return this.#decks.setOutputDevice(deviceId);
  }

  measure(): Measurement | null {
    const { cue, driftMs } = this.#steering ?? {};
    if (!cue || typeof driftMs !== "number") return null;
    const atMs = this.#now();
    return { itemId: cue.source.itemId, positionMs: lineAt(cue, atMs) + driftMs, atMs };
  }

  close(): void {
    this.#silence();
    if (this.#ticker !== null) clearTimeout(this.#ticker);
    this.#ticker = null;
    this.#decks.eject();
    this.#view.set(IDLE_VIEW);
  }

  /** The hub's time as it is heard: ahead by what the speakers take. */
  #now(): number {
    return this.#clock.now() + this.#latencyMs;
  }

  get #live(): DeckLike {
    return this.#decks.live;
  }

  // ------------------------------------------------------------------ what to follow

  #isKnown(cue: Cue, nowMs: number): boolean {
    const last = this.#upcoming.at(-1) ?? this.#cue;
    return last !== null && isSameLine(last, cue, nowMs);
  }

  #decide(cue: Cue, nowMs: number): void {
    this.#upcoming = withCue(this.#upcoming, cue, nowMs);
    if (this.#entry !== null && this.#entry.cue !== this.#upcoming[0]) this.#dropEntry();
  }

  #dropEntry(): void {
    const { deck } = this.#entry ?? {};
    this.#entry = null;
    deck?.pause();
  }

  #silence(): void {
    this.#dropEntry();
    this.#upcoming = [];
    this.#cue = this.#back = this.#steering = null;
    this.#decks.hush();
  }

  // ------------------------------------------------------------------ what happens

  /** One look at everything that is due; plans the next one. */
  #tick(): void {
    if (this.#ticker !== null) clearTimeout(this.#ticker);
    this.#ticker = null;
    const nowMs = this.#now();
    const tickMs = Math.min(2_000, Math.max(TICK_MS, nowMs - this.#tickedAtMs));
    this.#tickedAtMs = nowMs;
    if (!this.#blocked) this.#advance(nowMs, tickMs);
    this.#show(nowMs);
    const isBusy = this.#cue?.running || this.#upcoming.length > 0;
    if (isBusy && !this.#blocked) this.#ticker = setTimeout(() => this.#tick(), this.#untilNext());
  }

  #advance(nowMs: number, tickMs: number): void {
    const [next] = this.#upcoming;
    if (next !== undefined && this.#entry === null) this.#approach(next, nowMs);
    if (this.#entry !== null) this.#step(this.#entry, nowMs, tickMs);
    if (this.#back !== null) {
      if (this.#back.step(nowMs, tickMs, this.#play)) this.#hear(this.#back, nowMs);
    } else if (this.#steering !== null) {
      if (!this.#steering.step(nowMs, tickMs)) this.#comeBack(nowMs);
    } else if (this.#cue?.running && this.#entry === null) {
      this.#comeBack(nowMs); // A gesture was asked for, and given.
    }
  }

  /** A stop or a bend waits for its moment; anything else needs a deck to be brought there. */
  #approach(next: Cue, nowMs: number): void {
    if (next.running && !this.#isBend(next, nowMs)) {
      const deck = this.#decks.for(next.source);
      if (deck === this.#live) this.#back = this.#steering = null;
      this.#entry = new Entry(next, deck, this.#leads, nowMs);
    } else if (next.atMs <= nowMs) {
      this.#upcoming.shift();
      this.#turnTo(next, nowMs);
    }
  }

  /** True when what is heard can go on, with another rate or a nudge. */
  #isBend(cue: Cue, nowMs: number): boolean {
    const old = this.#steering?.cue;
    if (old === undefined || !isSameSource(old.source, cue.source)) return false;
    const atMs = Math.max(nowMs, cue.atMs);
    return Math.abs(lineAt(old, atMs) - lineAt(cue, atMs)) < AUDIBLE.seekFromMs;
  }

  #turnTo(cue: Cue, nowMs: number): void {
    this.#cue = cue;
    this.#back = this.#steering = null;
    if (cue.running) {
      this.#steering = new Steering(cue, this.#live, this.#leads, nowMs, false);
    } else {
      this.#decks.hush();
      this.#live.cue(cue.source, cue.positionMs);
    }
  }

  #step(entry: Entry, nowMs: number, tickMs: number): void {
    if (nowMs >= entry.cue.atMs) {
      // What was heard until now ends at the moment, whether or not its follower is ready.
      if (entry.deck !== this.#live && (this.#steering ?? this.#back)) this.#decks.hush();
      this.#steering = this.#back = null;
    }
    if (!entry.step(nowMs, tickMs, this.#play)) return;
    this.#upcoming.shift();
    this.#entry = null;
    this.#hear(entry, nowMs);
  }

  #hear({ cue, deck, startsHeard }: Entry, nowMs: number): void {
    this.#back = null;
    this.#cue = cue;
    this.#decks.handOver(deck);
    this.#steering = new Steering(cue, deck, this.#leads, nowMs, startsHeard);
  }

  #comeBack(nowMs: number): void {
    this.#steering = null;
    if (this.#cue !== null) this.#back = new Entry(this.#cue, this.#live, this.#leads, nowMs);
  }

  readonly #play = (deck: DeckLike): void => {
    deck.play().catch((error: unknown) => {
      if ((error as DOMException)?.name !== "NotAllowedError") return;
      this.#blocked = true;
      this.#back = this.#steering = null;
      this.#dropEntry();
      this.#show(this.#now());
    });
  };

  #untilNext(): number {
    const moments = [
      this.#upcoming[0]?.atMs,
      this.#entry?.nextMomentMs,
      this.#back?.nextMomentMs,
      this.#steering?.nextMomentMs,
    ];
    const nowMs = this.#now();
    const ahead = moments.filter((at): at is number => typeof at === "number" && at > nowMs);
    return Math.max(1, Math.min(TICK_MS, ...ahead.map((at) => at - nowMs)));
  }

  #onFailed(deck: DeckLike, message: string): void {
    deck.eject();
    // A deck that was only being made ready fails for nobody; it is tried again when it is due.
    if (deck !== this.#live && this.#entry?.deck !== deck) return;
    this.#error = message;
    this.#entry = this.#back = this.#steering = this.#cue = null;
    this.#upcoming = [];
    this.#show(this.#now());
  }

  // ------------------------------------------------------------------ the view

  #state(nowMs: number): EngineState {
    if (this.#error !== null) return "failed";
    if (this.#blocked) return "blocked";
    if (this.#steering !== null) {
      if (this.#live.hasEnded) return "waiting";
      return this.#live.isReady ? "playing" : "loading";
    }
    if (this.#back !== null) return "loading";
    if (this.#entry !== null) {
      return nowMs < this.#entry.cue.atMs && this.#entry.deck.isReady ? "waiting" : "loading";
    }
    if (this.#cue !== null) return this.#cue.running ? "loading" : "paused";
    return this.#upcoming.length === 0 ? "idle" : "waiting";
  }

  #show(nowMs: number): void {
    const state = this.#state(nowMs);
    const old = this.#view.getSnapshot();
    const itemId = (this.#cue ?? this.#upcoming[0])?.source.itemId ?? null;
    const same = old.state === state && old.itemId === itemId && old.error === this.#error;
    if (same && nowMs - this.#shownAtMs < SHOW_EVERY_MS) return;
    this.#shownAtMs = nowMs;
    const deck = this.#cue === null ? (this.#entry?.deck ?? this.#live) : this.#live;
    this.#view.set({
      state,
      error: this.#error,
      itemId,
      driftMs: state === "playing" ? (this.#steering?.driftMs ?? old.driftMs) : null,
      bufferedMs: Math.round(deck.bufferedMs),
      rung: deck.rung,
    });
  }
}

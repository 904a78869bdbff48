import { Deck, type DeckEvents } from "./deck.js";
import { Decks } from "./decks.js";
import {
  isSameSource,
  lineAt,
  type Cue,
  type EngineState,
  type EngineView,
  type Measurement,
  type PlayerEngine,
  type Source,
} from "./engine.js";
import { Entry, type DeckLike, type Leads } from "./entry.js";
import { LearnedLead } from "./lead.js";
import type { KeyValueStorage } from "./storage.js";
import { Store, type Observable } from "./store.js";
import {
  AUDIBLE,
  control,
  settling,
  steadyDrift,
  type ControllerState,
} from "./sync_controller.js";

const TICK_MS = 40;
/** The view changes at once with the state, else no more often than this. */
const SHOW_EVERY_MS = 500;
/** Two lines closer than this are the same line, read from two messages. */
const SAME_LINE_MS = 0.5;

export interface MediaEngineOptions {
  /** The hub's clock. */
  clock: { now(): number };
  /** Access token for playlists and segments; null: the cookie goes along by itself. */
  token?: () => string | null;
  /** Keeps what was learned of this device. */
  storage?: KeyValueStorage | null;
  createDeck?: (events: DeckEvents) => DeckLike;
}

const IDLE: EngineView = {
  state: "idle",
  error: null,
  itemId: null,
  driftMs: null,
  bufferedMs: 0,
  rung: null,
};

/**
 * The engine on media elements: two decks, one heard, one being made ready. What is heard is held
 * on the timeline by `sync_controller`; what is to be heard is brought there by an `Entry`.
 */
export class MediaEngine implements PlayerEngine {
  readonly kind = "media";
  readonly #clock: { now(): number };
  readonly #leads: Leads;
  readonly #view = new Store<EngineView>(IDLE);
  readonly #decks: Decks;
  /** What the live deck follows. */
  #cue: Cue | null = null;
  /** Decided for later: a stop, or a bend of the line that needs no other deck. */
  #later: Cue | null = null;
  #entry: Entry | null = null;
  #controller: ControllerState;
  /** The drift after a heard start is still to be learned from. */
  #learnStart = false;
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
    this.#controller = settling(this.#tickedAtMs, AUDIBLE);
  }

  get view(): Observable<EngineView> {
    return this.#view;
  }

  async unlock(): Promise<boolean> {
    const allowed = await this.#decks.unlock();
    if (!allowed || !this.#blocked) return allowed;
    this.#blocked = false;
    if (this.#cue?.running && this.#entry === null) this.#enter(this.#cue, this.#live);
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
    else if (!cue.running || this.#isBend(cue, nowMs)) this.#decide(cue);
    else this.#enter(cue, this.#decks.for(cue.source));
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

  measure(): Measurement | null {
    const cue = this.#cue;
    if (!cue?.running || this.#entry?.deck === this.#live || !this.#live.isRunning) return null;
    const driftMs = steadyDrift(this.#controller);
    if (driftMs === null || this.#live.hasEnded) return null;
    const atMs = this.#now();
    return { itemId: cue.source.itemId, positionMs: lineAt(cue, atMs) + driftMs, atMs };
  }

  close(): void {
    this.#silence();
    if (this.#ticker !== null) clearTimeout(this.#ticker);
    this.#ticker = null;
    this.#decks.eject();
    this.#view.set(IDLE);
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
    const last = this.#later ?? this.#entry?.cue ?? this.#cue;
    return last !== null && isSameLine(last, cue, nowMs);
  }

  /** True when what is heard can go on, with another rate or a nudge. */
  #isBend(cue: Cue, nowMs: number): boolean {
    const old = this.#cue;
    if (!old?.running || !this.#live.isAudible || this.#entry?.deck === this.#live) return false;
    const atMs = Math.max(nowMs, cue.atMs);
    return (
      isSameSource(old.source, cue.source) &&
      Math.abs(lineAt(old, atMs) - lineAt(cue, atMs)) < AUDIBLE.seekFromMs
    );
  }

  #decide(cue: Cue): void {
    this.#dropEntry();
    this.#later = cue;
  }

  #enter(cue: Cue, deck: DeckLike): void {
    this.#dropEntry();
    this.#later = null;
    this.#entry = new Entry(cue, deck, this.#leads, this.#now());
  }

  #dropEntry(): void {
    const { deck } = this.#entry ?? {};
    this.#entry = null;
    deck?.pause();
  }

  #silence(): void {
    this.#dropEntry();
    this.#later = this.#cue = null;
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
    if (this.#later !== null && this.#later.atMs <= nowMs) this.#turnTo(this.#later, nowMs);
    if (this.#entry !== null) this.#step(this.#entry, nowMs, tickMs);
    else if (this.#cue?.running) this.#steer(this.#cue, nowMs, tickMs);
    this.#show(nowMs);
    const isBusy = this.#cue?.running || this.#later !== null || this.#entry !== null;
    if (isBusy && !this.#blocked) this.#ticker = setTimeout(() => this.#tick(), this.#untilNext());
  }

  #untilNext(): number {
    const { phase } = this.#controller;
    const moments = [
      this.#later?.atMs,
      this.#entry?.nextMomentMs,
      this.#entry?.cue.atMs,
      phase.kind === "pulse" ? phase.untilMs : null,
    ];
    const nowMs = this.#now();
    const ahead = moments.filter((at): at is number => typeof at === "number" && at > nowMs);
    return Math.max(1, Math.min(TICK_MS, ...ahead.map((at) => at - nowMs)));
  }

  #turnTo(cue: Cue, nowMs: number): void {
    this.#later = null;
    this.#cue = cue;
    if (cue.running) {
      this.#live.setRate(cue.rate);
      this.#controller = settling(nowMs, AUDIBLE);
    } else {
      this.#live.pause();
      this.#live.cue(cue.source, cue.positionMs);
    }
  }

  #step(entry: Entry, nowMs: number, tickMs: number): void {
    // What was heard until now ends at the moment, whether or not its follower is ready.
    if (nowMs >= entry.cue.atMs && entry.deck !== this.#live) this.#decks.hush();
    if (entry.step(nowMs, tickMs, (deck) => this.#play(deck))) this.#handOver(entry, nowMs);
  }

  #handOver({ cue, deck, startsHeard }: Entry, nowMs: number): void {
    this.#entry = null;
    deck.setRate(cue.rate);
    this.#decks.handOver(deck);
    this.#cue = cue;
    this.#learnStart = startsHeard;
    this.#controller = settling(nowMs, AUDIBLE);
  }

  #steer(cue: Cue, nowMs: number, tickMs: number): void {
    const deck = this.#live;
    if (deck.hasEnded) return;
    if (!deck.isRunning) {
      // Stopped from outside (headphones out, a phone call): come back in step.
      if (!this.#blocked) this.#enter(cue, deck);
      return;
    }
    if (!deck.isReady) {
      this.#controller = settling(nowMs, AUDIBLE);
      return;
    }
    const driftMs = deck.positionMs - lineAt(cue, nowMs);
    const before = steadyDrift(this.#controller);
    const { state, correction } = control(this.#controller, nowMs, driftMs, tickMs, AUDIBLE);
    this.#controller = state;
    if (correction.kind === "pulse") deck.setRate(cue.rate * (1 + correction.share));
    else if (correction.kind === "steady") deck.setRate(cue.rate);
    else if (correction.kind === "seek") this.#enter(cue, deck);
    if (this.#learnStart && (state.phase.kind !== "settling" || correction.kind === "seek")) {
      this.#learnStart = false;
      this.#leads.start.learn((before ?? driftMs) / cue.rate);
    }
  }

  #play(deck: DeckLike): void {
    deck.play().catch((error: unknown) => {
      if ((error as DOMException)?.name !== "NotAllowedError") return;
      this.#blocked = true;
      // The cue stands; `unlock` enters it again.
      if (this.#entry?.deck === deck) this.#cue = this.#entry.cue;
      this.#dropEntry();
      this.#show(this.#now());
    });
  }

  #onFailed(deck: DeckLike, message: string): void {
    deck.eject();
    // A deck that was only being made ready fails for nobody; it is tried again when it is due.
    if (deck !== this.#live && this.#entry?.deck !== deck) return;
    this.#error = message;
    if (this.#entry?.deck === deck) this.#entry = null;
    this.#cue = this.#later = null;
    this.#show(this.#now());
  }

  // ------------------------------------------------------------------ the view

  #state(nowMs: number): EngineState {
    const entry = this.#entry;
    if (this.#error !== null) return "failed";
    if (this.#blocked) return "blocked";
    if (entry !== null && (nowMs >= entry.cue.atMs || !this.#live.isAudible)) {
      return nowMs < entry.cue.atMs && entry.deck.isReady ? "waiting" : "loading";
    }
    if (this.#cue === null) return this.#later === null ? "idle" : "waiting";
    if (!this.#cue.running) return "paused";
    if (this.#live.hasEnded) return "waiting";
    return this.#live.isReady ? "playing" : "loading";
  }

  #show(nowMs: number): void {
    const state = this.#state(nowMs);
    const old = this.#view.getSnapshot();
    const cue = this.#cue ?? this.#entry?.cue ?? this.#later;
    const itemId = cue?.source.itemId ?? null;
    const same = old.state === state && old.itemId === itemId && old.error === this.#error;
    if (same && nowMs - this.#shownAtMs < SHOW_EVERY_MS) return;
    this.#shownAtMs = nowMs;
    const deck = this.#entry !== null && this.#cue === null ? this.#entry.deck : this.#live;
    const driftMs = state === "playing" ? (steadyDrift(this.#controller) ?? old.driftMs) : null;
    this.#view.set({
      state,
      error: this.#error,
      itemId,
      driftMs,
      bufferedMs: Math.round(deck.bufferedMs),
      rung: deck.rung,
    });
  }
}

function isSameLine(a: Cue, b: Cue, nowMs: number): boolean {
  const atMs = Math.max(nowMs, a.atMs, b.atMs);
  const near = Math.abs(lineAt(a, atMs) - lineAt(b, atMs)) < SAME_LINE_MS;
  return isSameSource(a.source, b.source) && a.running === b.running && a.rate === b.rate && near;
}

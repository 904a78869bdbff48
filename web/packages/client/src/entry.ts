import type { Deck } from "./deck.js";
import { lineAt, type Cue } from "./engine.js";
import type { LearnedLead } from "./lead.js";
import { control, settling, SILENT, steadyDrift, type ControllerState } from "./sync_controller.js";

/** A deck gets into step this long before its moment, where the track has a before. */
const RUN_IN_MS = 900;
/** A shorter run-in than this does more harm than a start at the moment itself. */
const MIN_RUN_IN_MS = 400;
/** First guess of what loading and moving take; doubles when it was not enough. */
const FIRST_BUDGET_MS = 250;
const MAX_BUDGET_MS = 4_000;
/** Close enough to be heard at once. */
const IN_STEP_MS = 4;
/** After some time, silence is worse than this: the rest is corrected while it sounds. */
const TOLERABLE_MS = 60;
const PATIENCE_MS = 600;

export type DeckLike = Pick<
  Deck,
  | "source"
  | "isRunning"
  | "isReady"
  | "isAudible"
  | "hasEnded"
  | "positionMs"
  | "bufferedMs"
  | "rung"
  | "cue"
  | "moveTo"
  | "play"
  | "pause"
  | "setRate"
  | "setAudible"
  | "setVolume"
  | "setOutputDevice"
  | "unlock"
  | "eject"
>;

export interface Leads {
  /** From a standstill, heard from the first sample. */
  readonly start: LearnedLead;
  /** Silent, before or after the moment. */
  readonly join: LearnedLead;
}

/** Stands where the line will be shortly after `startAtMs`. */
interface Cued {
  kind: "cued";
  startAtMs: number;
  /** It is to be heard from its first sample. */
  heard: boolean;
}

/** Plays silently and is pulled into step; or heard, and then it only waits for its moment. */
interface Running {
  kind: "running";
  heard: boolean;
  sinceMs: number;
  controller: ControllerState;
  /** The lead has been learned from the first look. */
  learned: boolean;
}

/**
 * Brings one deck onto a cue's line and says when it may be heard.
 *
 * Where the track has a before (a seek, a late joiner), the deck runs silently ahead of the moment
 * and is pulled into step there. At the very start of a track there is no before: it stands ready
 * and is started earlier by as much as this device has been seen to take.
 */
export class Entry {
  readonly cue: Cue;
  readonly deck: DeckLike;
  readonly #leads: Leads;
  #budgetMs = FIRST_BUDGET_MS;
  #phase: Cued | Running;

  constructor(cue: Cue, deck: DeckLike, leads: Leads, nowMs: number) {
    this.cue = cue;
    this.deck = deck;
    this.#leads = leads;
    deck.setAudible(false);
    deck.setRate(cue.rate);
    this.#phase = this.#plan(nowMs);
  }

  /** True once the deck was started to be heard from its first sample. */
  get startsHeard(): boolean {
    return this.#phase.heard;
  }

  /** When to look again without waiting for the next tick; null: the tick will do. */
  get nextMomentMs(): number | null {
    if (this.#phase.kind === "cued") return this.#phase.startAtMs;
    const { phase } = this.#phase.controller;
    return phase.kind === "pulse" ? phase.untilMs : null;
  }

  /**
   * One step at `nowMs`. True when the deck is to take over, and the entry is done; `play` starts
   * the deck and hears of refusals.
   */
  step(nowMs: number, tickMs: number, play: (deck: DeckLike) => void): boolean {
    if (this.deck.hasEnded) return true;
    if (this.#phase.kind === "cued") this.#start(this.#phase, nowMs, play);
    if (this.#phase.kind === "cued") return false;
    return this.#phase.heard ? nowMs >= this.cue.atMs : this.#pull(this.#phase, nowMs, tickMs);
  }

  #plan(nowMs: number): Cued {
    const { cue, deck } = this;
    const noticeMs = cue.atMs - nowMs;
    const runInMs = Math.min(RUN_IN_MS, noticeMs - this.#budgetMs, cue.positionMs / cue.rate);
    const hasBefore = runInMs >= MIN_RUN_IN_MS;
    if (noticeMs > this.#leads.start.ms && !hasBefore) {
      deck.cue(cue.source, cue.positionMs);
      return { kind: "cued", startAtMs: cue.atMs - this.#leads.start.ms, heard: true };
    }
    const onLineMs = hasBefore
      ? cue.atMs - runInMs
      : Math.max(nowMs, cue.atMs) + this.#budgetMs + this.#leads.join.ms;
    deck.cue(cue.source, Math.max(0, lineAt(cue, onLineMs)));
    return { kind: "cued", startAtMs: onLineMs - this.#leads.join.ms, heard: false };
  }

  #start({ startAtMs, heard }: Cued, nowMs: number, play: (deck: DeckLike) => void): void {
    if (nowMs < startAtMs) return;
    if (!this.deck.isReady) {
      // The moment is missed: aim at a later one, with more time for the network. What is being
      // fetched is near enough to serve it.
      this.#budgetMs = Math.min(MAX_BUDGET_MS, 2 * this.#budgetMs);
      this.#phase = this.#plan(nowMs);
      return;
    }
    play(this.deck);
    if (heard) this.deck.setAudible(true);
    const controller = settling(nowMs, SILENT);
    this.#phase = { kind: "running", heard, sinceMs: nowMs, controller, learned: false };
  }

  #pull(phase: Running, nowMs: number, tickMs: number): boolean {
    const { cue, deck } = this;
    if (!deck.isRunning) return false;
    const driftMs = deck.positionMs - lineAt(cue, nowMs);
    const { state, correction } = control(phase.controller, nowMs, driftMs, tickMs, SILENT);
    const looked = state.phase.kind === "looking" || correction.kind === "pulse";
    if (looked && !phase.learned)
      this.#leads.join.learn((steadyDrift(phase.controller) ?? driftMs) / cue.rate);
    this.#phase = { ...phase, controller: state, learned: phase.learned || looked };
    if (correction.kind === "steady") deck.setRate(cue.rate);
    if (correction.kind === "pulse") deck.setRate(cue.rate * (1 + correction.share));
    if (correction.kind === "seek") {
      this.#phase = this.#plan(nowMs);
      return false;
    }
    if (nowMs < cue.atMs || !this.#phase.learned) return false;
    const size = Math.abs(driftMs);
    return size <= IN_STEP_MS || (size <= TOLERABLE_MS && nowMs - phase.sinceMs > PATIENCE_MS);
  }
}

import { lineAt, type Cue } from "./engine.js";
import type { DeckLike, Leads } from "./entry.js";
import {
  AUDIBLE,
  control,
  settling,
  steadyDrift,
  type ControllerState,
} from "./sync_controller.js";

/** Holds the deck that is heard on its cue's line. */
export class Steering {
  readonly cue: Cue;
  readonly #deck: DeckLike;
  readonly #leads: Leads;
  #controller: ControllerState;
  /** The first look after a heard start tells how good its lead was. */
  #isNewStart: boolean;

  constructor(cue: Cue, deck: DeckLike, leads: Leads, nowMs: number, startsHeard: boolean) {
    this.cue = cue;
    this.#deck = deck;
    this.#leads = leads;
    this.#controller = settling(nowMs, AUDIBLE);
    this.#isNewStart = startsHeard;
    deck.setRate(cue.rate);
  }

  /** Position minus the line, ms, as far as the last readings tell. */
  get driftMs(): number | null {
    return this.#deck.hasEnded ? null : steadyDrift(this.#controller);
  }

  /** When to look again without waiting for the next tick; null: the tick will do. */
  get nextMomentMs(): number | null {
    const { phase } = this.#controller;
    return phase.kind === "pulse" ? phase.untilMs : null;
  }

  /** One look. False when a nudge cannot help: the deck has stopped or is too far off. */
  step(nowMs: number, tickMs: number): boolean {
    const deck = this.#deck;
    if (deck.hasEnded) return true;
    // Stopped from outside: headphones pulled out, a phone call.
    if (!deck.isRunning) return false;
    if (!deck.isReady) {
      // Out of audio: what is read now says nothing, and a pulse must not outlive it.
      deck.setRate(this.cue.rate);
      this.#controller = settling(nowMs, AUDIBLE);
      return true;
    }
    const driftMs = deck.positionMs - lineAt(this.cue, nowMs);
    const before = steadyDrift(this.#controller) ?? driftMs;
    const { state, correction } = control(this.#controller, nowMs, driftMs, tickMs, AUDIBLE);
    this.#controller = state;
    if (correction.kind === "pulse") deck.setRate(this.cue.rate * (1 + correction.share));
    if (correction.kind === "steady") deck.setRate(this.cue.rate);
    const looked = state.phase.kind !== "settling" || correction.kind === "seek";
    if (this.#isNewStart && looked) this.#leads.start.learn(before / this.cue.rate);
    this.#isNewStart &&= !looked;
    return correction.kind !== "seek";
  }
}

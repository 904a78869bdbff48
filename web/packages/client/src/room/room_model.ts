import type { HubError } from "../errors.js";
import type { Observable } from "../store.js";
import type { Id } from "../wire/wire.js";
import { Outbox } from "./outbox.js";
import type { RoomTruth } from "./reduce.js";
import { RoomCanvas, type RoomView } from "./room_view.js";

/**
 * What is known of a room: what the hub has said (`truth`) and what its user has done on top
 * (`outbox`). Every change goes through `fold` or `change`, so that who looks is told.
 */
export class RoomModel implements Observable<RoomView> {
  readonly outbox = new Outbox();
  readonly #listeners = new Set<() => void>();
  readonly #canvas = new RoomCanvas();
  #truth: RoomTruth | null = null;
  #phase: RoomView["phase"] = "loading";
  #error: HubError | null = null;
  #view: RoomView | null = null;
  #noticing = false;

  /** Null before the first snapshot. */
  get truth(): RoomTruth | null {
    return this.#truth;
  }

  readonly getSnapshot = (): RoomView => (this.#view ??= this.#draw());

  /** Listeners are called once for all changes of one tick. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Begins anew from what a snapshot said. */
  restart(truth: RoomTruth): void {
    this.change(() => (this.#truth = truth));
  }

  enter(phase: RoomView["phase"], error: HubError | null): void {
    this.change(() => ((this.#phase = phase), (this.#error = error)));
  }

  /** One step from truth to truth; before the first snapshot there is nothing to step from. */
  fold(step: (truth: RoomTruth) => RoomTruth): void {
    const before = this.#truth;
    if (before === null) return;
    const after = step(before);
    if (after !== before) this.change(() => (this.#truth = after));
  }

  /** Does `step`, mostly to the outbox, and lets the view be drawn again. */
  change(step: () => unknown): void {
    step();
    this.#view = null;
    if (this.#noticing) return;
    this.#noticing = true;
    queueMicrotask(() => {
      this.#noticing = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** The hub has done what the user did under this id, at `seq` of the log (null: nothing to do). */
  acked(opId: Id, seq: number | null): void {
    this.change(() => this.outbox.acked(opId, seq, this.#truth?.seq ?? 0));
  }

  #draw(): RoomView {
    return this.#canvas.draw(this.#truth, this.outbox, this.#phase, this.#error);
  }
}

import type { AudioOutput } from "./audio_output.js";

/** A browser that is going to allow sound does so within this. */
const ALLOWED_MS = 400;

/** Whether the browser lets the page sound, or wants a gesture first. */
export class Gesture {
  readonly #output: AudioOutput;
  readonly #onChange: () => void;
  #isMissing = false;
  #isAsking = false;

  constructor(output: AudioOutput, onChange: () => void) {
    this.#output = output;
    this.#onChange = onChange;
  }

  /** True when the browser refused: only a gesture helps. */
  get isMissing(): boolean {
    return this.#isMissing;
  }

  /** Inside a click or key handler; true when sound may start. */
  async given(): Promise<boolean> {
    const allowed = await this.#output.resume(ALLOWED_MS);
    if (allowed) this.#isMissing = false;
    return allowed;
  }

  /** Asks once without one. */
  ask(): void {
    if (this.#isAsking || this.#isMissing) return;
    this.#isAsking = true;
    void this.#output.resume(ALLOWED_MS).then((allowed) => {
      this.#isAsking = false;
      this.#isMissing = !allowed && this.#output.isOpen;
      this.#onChange();
    });
  }

  forget(): void {
    this.#isMissing = false;
  }
}

/** The hub passes one `typing:start` on in 3 s, coalesces more, and forgets after 6 s. */
const REPEAT_MS = 3_000;
const SILENCE_MS = 3_000;

/** Turns key presses into few `typing:start` and one `typing:stop`. */
export class TypingNotice {
  readonly #send: (event: "typing:start" | "typing:stop") => void;
  #startedAtMs: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(send: (event: "typing:start" | "typing:stop") => void) {
    this.#send = send;
  }

  /** A key was pressed. */
  press(): void {
    const nowMs = performance.now();
    if (this.#startedAtMs === null || nowMs - this.#startedAtMs >= REPEAT_MS) {
      this.#startedAtMs = nowMs;
      this.#send("typing:start");
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), SILENCE_MS);
  }

  /** The text was sent or left. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#startedAtMs === null) return;
    this.#startedAtMs = null;
    this.#send("typing:stop");
  }
}

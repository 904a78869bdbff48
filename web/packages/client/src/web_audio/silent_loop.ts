import { silentWav } from "../silence.js";

/** Browsers give media keys and the lock screen only to elements that play longer than 5 s. */
const LOOP_S = 10;

/**
 * A media element that plays nothing, loudly enough for the browser to hand the page its media keys:
 * Web Audio alone gets none.
 */
export class SilentLoop {
  #element: HTMLAudioElement | null = null;
  #url: string | null = null;

  play(): void {
    if (this.#element === null) {
      this.#url = URL.createObjectURL(silentWav(LOOP_S));
      this.#element = new Audio(this.#url);
      this.#element.loop = true;
    }
    if (this.#element.paused) this.#element.play().catch(() => undefined); // then there are no keys
  }

  pause(): void {
    this.#element?.pause();
  }

  close(): void {
    this.pause();
    if (this.#url !== null) URL.revokeObjectURL(this.#url);
    this.#element?.removeAttribute("src");
    this.#element = this.#url = null;
  }
}

import type { DeckEvents } from "./deck.js";
import { isSameSource, type Source } from "./engine.js";
import type { DeckLike } from "./entry.js";

/** Two decks: one is heard, or stands where it will be; the other is free to be made ready. */
export class Decks {
  #live: DeckLike;
  #spare: DeckLike;
  #volume = 1;
  #muted = false;

  /** `onFailed` is told which deck it was. */
  constructor(
    create: (events: DeckEvents) => DeckLike,
    onChange: () => void,
    onFailed: (deck: DeckLike, message: string) => void,
  ) {
    const make = (): DeckLike => {
      const deck: DeckLike = create({ onChange, onFailed: (message) => onFailed(deck, message) });
      return deck;
    };
    this.#live = make();
    this.#spare = make();
  }

  get live(): DeckLike {
    return this.#live;
  }

  /** The deck that can bring `source` soonest without disturbing what is heard. */
  for(source: Source): DeckLike {
    const silent = !this.#live.isAudible || !this.#live.isRunning;
    const isThere = isSameSource(this.#live.source, source);
    const isPrepared = isSameSource(this.#spare.source, source);
    return silent && (isThere || !isPrepared) ? this.#live : this.#spare;
  }

  /** Loads the start of what comes next, unless it is there or `busy` is the free deck. */
  prepare(source: Source, positionMs: number, busy: DeckLike | undefined): void {
    const known = [this.#live, this.#spare].some((deck) => isSameSource(deck.source, source));
    if (!known && busy !== this.#spare) this.#spare.cue(source, positionMs);
  }

  /** Makes `deck` the one that is heard. */
  handOver(deck: DeckLike): void {
    if (deck !== this.#live) {
      this.hush();
      this.#spare = this.#live;
      this.#live = deck;
    }
    deck.setAudible(true);
  }

  /** Ends what is heard. */
  hush(): void {
    this.#live.pause();
    this.#live.setAudible(false);
  }

  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#applyVolume();
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#applyVolume();
  }

  async setOutputDevice(deviceId: string): Promise<void> {
    const decks = [this.#live, this.#spare];
    await Promise.all(decks.map((deck) => deck.setOutputDevice(deviceId)));
  }

  /** True when the browser lets both play. */
  async unlock(): Promise<boolean> {
    const answers = await Promise.all([this.#live.unlock(), this.#spare.unlock()]);
    return answers.every(Boolean);
  }

  eject(): void {
    this.#live.eject();
    this.#spare.eject();
  }

  #applyVolume(): void {
    for (const deck of [this.#live, this.#spare]) deck.setVolume(this.#volume, this.#muted);
  }
}

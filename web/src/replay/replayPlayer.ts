/** Plays a line of stretches from one audio element; what may not be heard passes in silence. */
import { Store, type Observable } from "@veza/client";
import { attachTrack } from "../playback/attachTrack";
import { soundWhereChosen } from "../playback/speaker";
import { positionIn, stretchAt, type Line } from "./line";

export interface ReplayView {
  isPlaying: boolean;
  /** Of the line. */
  positionMs: number;
  /** Which stretch sounds. */
  index: number;
  /** The stretch passes in silence: it may not be heard any more. */
  isSilent: boolean;
}

const LOOK_MS = 200;

export class ReplayPlayer {
  readonly #line: Line;
  readonly #audio = new Audio();
  readonly #view = new Store<ReplayView>({ isPlaying: false, positionMs: 0, index: 0, isSilent: false });
  #attached: { trackId: string; detach: () => void } | null = null;
  #failed = new Set<string>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #lookedMs = 0;

  constructor(line: Line) {
    this.#line = line;
    this.#audio.preload = "auto";
    soundWhereChosen(this.#audio);
  }

  get view(): Observable<ReplayView> {
    return this.#view;
  }

  play(): void {
    if (this.#line.stretches.length === 0) return;
    const { positionMs } = this.#view.getSnapshot();
    this.#set({ isPlaying: true });
    this.#go(positionMs >= this.#line.lengthMs ? 0 : positionMs);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  pause(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#audio.pause();
    this.#set({ isPlaying: false });
  }

  /** Goes to a place of the line, playing on if it was playing. */
  seek(positionMs: number): void {
    const place = Math.min(Math.max(0, positionMs), this.#line.lengthMs);
    if (this.#view.getSnapshot().isPlaying) this.#go(place);
    else this.#set({ positionMs: place, index: stretchAt(this.#line.stretches, place) });
  }

  close(): void {
    this.pause();
    this.#attached?.detach();
    this.#attached = null;
  }

  #go(positionMs: number): void {
    const index = stretchAt(this.#line.stretches, positionMs);
    const stretch = this.#line.stretches[index];
    if (!stretch) return;
    const { track_id, playable, rate } = stretch.play;
    const isSilent = !playable || this.#failed.has(track_id);
    this.#lookedMs = performance.now();
    this.#set({ positionMs, index, isSilent });
    if (isSilent) {
      this.#audio.pause();
      return;
    }
    if (this.#attached?.trackId !== track_id) {
      this.#attached?.detach();
      this.#attached = { trackId: track_id, detach: attachTrack(this.#audio, track_id, () => this.#fail(track_id)) };
    }
    this.#audio.currentTime = positionIn(stretch, positionMs) / 1000;
    this.#audio.playbackRate = rate;
    this.#audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.pause();
    });
  }

  /** Follows the sound, and goes on to the next stretch at the end of one. */
  #look(): void {
    const { index, isSilent, positionMs } = this.#view.getSnapshot();
    const stretch = this.#line.stretches[index];
    if (!stretch) return;
    const nowMs = performance.now();
    const passedMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    const { play, startMs, lengthMs } = stretch;
    const sounding = this.#audio.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !this.#audio.seeking;
    const heardMs = startMs + (this.#audio.currentTime * 1000 - play.position_ms) / play.rate;
    const place = isSilent ? positionMs + passedMs : sounding ? Math.max(startMs, heardMs) : positionMs;
    if (place < startMs + lengthMs && !(this.#audio.ended && !isSilent)) {
      this.#set({ positionMs: place });
      return;
    }
    const next = this.#line.stretches[index + 1];
    if (next) {
      this.#go(next.startMs);
    } else {
      this.pause();
      this.#set({ positionMs: this.#line.lengthMs });
    }
  }

  #fail(trackId: string): void {
    this.#failed.add(trackId);
    const { index, positionMs, isPlaying } = this.#view.getSnapshot();
    if (isPlaying && this.#line.stretches[index]?.play.track_id === trackId) this.#go(positionMs);
  }

  #set(change: Partial<ReplayView>): void {
    this.#view.set({ ...this.#view.getSnapshot(), ...change });
  }
}

/** The player of one's own: a track out of the library, heard by nobody else. One at a time. */
import { create } from "zustand";
import type { Track } from "../catalog/track";
import { useHub } from "../account/hub";
import { attachTrack } from "./attachTrack";
import { Listened } from "./listened";
import { soundWhereChosen } from "./speaker";

export interface TrackPlayer {
  track: Track | null;
  phase: "idle" | "loading" | "playing" | "paused" | "failed";
  volume: number;
  muted: boolean;
}

const VOLUME = "veza.volume";

export const useTrackPlayer = create<TrackPlayer>(() => ({ track: null, phase: "idle", volume: storedVolume(), muted: false }));

let audio: HTMLAudioElement | null = null;
let detach: (() => void) | null = null;
const listened = new Listened();

const yielders = new Set<() => void>();

/** What else makes sound gives way when a track is played: two sounds at once help nobody. */
export function yieldToTrack(yieldSound: () => void): void {
  yielders.add(yieldSound);
}

/** Plays from the start, or goes on where the same track was paused. */
export function playTrack(track: Track): void {
  yielders.forEach((yieldSound) => yieldSound());
  const element = (audio ??= newAudio());
  if (useTrackPlayer.getState().track?.id !== track.id || useTrackPlayer.getState().phase === "failed") {
    logPlay(false);
    detach?.();
    useTrackPlayer.setState({ track, phase: "loading" });
    detach = attachTrack(element, track.id, () => useTrackPlayer.setState({ phase: "failed" }));
  }
  element.play().catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "NotAllowedError") useTrackPlayer.setState({ phase: "paused" });
  });
}

export function pauseTrack(): void {
  audio?.pause();
}

export function seekTrack(positionMs: number): void {
  if (audio) audio.currentTime = positionMs / 1000;
}

export function stopTrack(): void {
  audio?.pause();
  logPlay(false);
  detach?.();
  detach = null;
  useTrackPlayer.setState({ track: null, phase: "idle" });
}

/** Position now, ms. */
export function trackPosition(): number {
  return (audio?.currentTime ?? 0) * 1000;
}

export function setTrackVolume(volume: number, muted: boolean): void {
  useTrackPlayer.setState({ volume, muted });
  if (audio) Object.assign(audio, { volume, muted });
  try {
    localStorage.setItem(VOLUME, String(volume));
  } catch {
    // Storage can be forbidden; the volume then lasts for this visit.
  }
}

/** Tells the hub what was heard of the track since it was last told. */
function logPlay(completed: boolean): void {
  const { track } = useTrackPlayer.getState();
  const listenedMs = listened.take();
  if (!track || listenedMs < 1000) return;
  const play = { track_id: track.id, listened_ms: listenedMs, completed, context: "library" } as const;
  useHub.getState().hub?.connection.request("play:log", play).catch(() => undefined); // a play more or less
}

function newAudio(): HTMLAudioElement {
  const element = new Audio();
  soundWhereChosen(element);
  const { volume, muted } = useTrackPlayer.getState();
  Object.assign(element, { preload: "auto", volume, muted });
  element.addEventListener("playing", () => useTrackPlayer.setState({ phase: "playing" }));
  element.addEventListener("timeupdate", () => !element.paused && !element.seeking && listened.at(element.currentTime));
  element.addEventListener("seeking", () => listened.jump());
  element.addEventListener("ended", () => logPlay(true));
  globalThis.addEventListener("pagehide", () => logPlay(false));
  element.addEventListener("waiting", () => useTrackPlayer.setState({ phase: "loading" }));
  element.addEventListener("pause", () => useTrackPlayer.setState((old) => (old.phase === "failed" || !old.track ? old : { phase: "paused" })));
  return element;
}

function storedVolume(): number {
  try {
    const stored = Number(localStorage.getItem(VOLUME) ?? "1");
    return stored >= 0 && stored <= 1 ? stored : 1;
  } catch {
    return 1;
  }
}

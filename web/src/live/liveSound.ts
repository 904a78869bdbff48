/** Plays a broadcast in an audio element, some two seconds behind its maker. */
import { signIn } from "../account/session";

/** Distance from the end of the playlist, s. Its last segment is up to 1 s old itself. */
const BEHIND_S = 1.5;
const MOST_BEHIND_S = 6;
const AGAIN_AFTER_MS = 1_000;

export interface LiveSound {
  /** How long ago what is heard was made, ms; null while that is not known. */
  behindMs(): number | null;
  release(): void;
}

/** `onFailed` is called once, when it cannot go on by itself. */
export function attachLive(audio: HTMLAudioElement, url: string, onFailed: () => void): LiveSound {
  let release = () => undefined as void;
  let made: () => Date | null = () => null;
  let released = false;
  void import("hls.js/light").then(({ default: Hls }) => {
    if (released) return;
    if (!Hls.isSupported()) {
      audio.addEventListener("error", onFailed);
      audio.src = url;
      release = () => audio.removeEventListener("error", onFailed);
      return;
    }
    const hls = new Hls({
      liveSyncDuration: BEHIND_S,
      liveMaxLatencyDuration: MOST_BEHIND_S,
      maxLiveSyncPlaybackRate: 1.05,
      backBufferLength: 10,
      maxBufferLength: 10,
      enableWorker: false, // a worker from a blob: address is what the content security policy forbids
      xhrSetup: (request) => {
        const token = signIn.currentToken();
        if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
      },
    });
    let timer: ReturnType<typeof setTimeout> | null = null;
    hls.on(Hls.Events.ERROR, (_event, problem) => {
      if (!problem.fatal) return;
      if (problem.type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      // A node or the ingest is being started again: the broadcast waits, and so do we.
      else if (problem.type === Hls.ErrorTypes.NETWORK_ERROR) timer = setTimeout(() => hls.loadSource(url), AGAIN_AFTER_MS);
      else onFailed();
    });
    hls.loadSource(url);
    hls.attachMedia(audio);
    made = () => hls.playingDate;
    release = () => {
      if (timer !== null) clearTimeout(timer);
      hls.destroy();
    };
  }, onFailed);
  return {
    behindMs() {
      const at = made();
      return at && !audio.paused ? Date.now() - at.getTime() : null;
    },
    release() {
      released = true;
      release();
      audio.pause();
      audio.removeAttribute("src");
      audio.load();
    },
  };
}

/** Connects an audio element to an HLS playlist: natively where the browser can, else by hls.js, which is
 *  loaded only then. */
import { signIn } from "../account/session";

/** Returns the way to let go. `onFailed` is called once, when nothing can be played any more. */
export function attachHls(audio: HTMLAudioElement, url: string, onFailed: () => void): () => void {
  let release = () => undefined as void;
  let released = false;
  void import("hls.js/light").then(({ default: Hls }) => {
    if (released) return;
    if (!Hls.isSupported()) {
      release = attachNative(audio, url, onFailed);
      return;
    }
    const hls = new Hls({
      maxBufferLength: 30,
      enableWorker: false, // a worker from a blob: address is what the content security policy forbids
      xhrSetup: (request) => {
        const token = signIn.currentToken();
        if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
      },
    });
    let recovered = false;
    hls.on(Hls.Events.ERROR, (_event, problem) => {
      if (!problem.fatal) return;
      if (problem.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
        recovered = true;
        hls.recoverMediaError();
        return;
      }
      hls.destroy();
      onFailed();
    });
    hls.loadSource(url);
    hls.attachMedia(audio);
    release = () => hls.destroy();
  }, onFailed);
  return () => {
    released = true;
    release();
    audio.removeAttribute("src");
    audio.load();
  };
}

function attachNative(audio: HTMLAudioElement, url: string, onFailed: () => void): () => void {
  audio.addEventListener("error", onFailed);
  audio.src = url;
  return () => audio.removeEventListener("error", onFailed);
}

/** Connects an audio element to a track: pulled over the live connection where the browser can, else over HLS. */
import { ChunkPlayer, type Id } from "@veza/client";
import { rest } from "../account/session";
import { useHub } from "../account/hub";
import { attachHls } from "./hls";

/** Returns the way to let go. `onFailed` is called once, when nothing can be played any more. */
export function attachTrack(audio: HTMLAudioElement, trackId: Id, onFailed: () => void): () => void {
  const connection = useHub.getState().hub?.connection;
  const overHls = () => attachHls(audio, rest.streamUrl(trackId), onFailed);
  if (!connection || connection.status.getSnapshot().phase !== "online" || !ChunkPlayer.isSupported()) return overHls();
  let released = false;
  let release = () => {
    player.close();
    audio.removeAttribute("src");
    audio.load();
  };
  const player = new ChunkPlayer({
    link: connection,
    element: audio,
    trackId,
    onFailed: () => {
      const positionS = audio.currentTime;
      const goesOn = !audio.paused;
      release = overHls();
      const begin = () => {
        if (released) return;
        if (positionS > 0) audio.currentTime = positionS;
        if (goesOn) audio.play().catch(() => undefined); // paused then, which the page shows
      };
      audio.addEventListener("loadedmetadata", begin, { once: true });
    },
  });
  return () => {
    released = true;
    release();
  };
}

/** Hears a broadcast by WHEP, a fraction of a second behind its maker. The hub needs no candidates: this side calls it. */
import type { Id } from "@veza/client";
import type { LiveSound } from "./liveSound";
import { callSession } from "./whip";

/** Networks that keep WebRTC out do not say so. */
const CONNECTED_WITHIN_MS = 5_000;
const MEASURE_EVERY_MS = 500;

/** `onFailed` is called once, when it cannot go on; `play` starts the element once it has its sound. */
export function attachQuick(audio: HTMLAudioElement, liveId: Id, play: () => void, onFailed: () => void): LiveSound {
  const peer = new RTCPeerConnection();
  let session: string | null = null;
  let over = false;
  let behindMs: number | null = null;
  const measuring = setInterval(() => void delayOf(peer).then((delayMs) => (behindMs = delayMs)), MEASURE_EVERY_MS);
  const deadline = setTimeout(fail, CONNECTED_WITHIN_MS);

  function release(): void {
    if (over) return;
    over = true;
    clearInterval(measuring);
    clearTimeout(deadline);
    peer.close();
    if (session) callSession("DELETE", session).catch(() => undefined); // it notices by itself, a little later
  }

  function fail(): void {
    if (over) return;
    release();
    onFailed();
  }

  peer.ontrack = ({ track }) => {
    audio.srcObject = new MediaStream([track]);
    play();
  };
  peer.onconnectionstatechange = () => {
    if (peer.connectionState === "connected") clearTimeout(deadline);
    if (peer.connectionState === "failed" || peer.connectionState === "closed") fail();
  };
  void (async () => {
    peer.addTransceiver("audio", { direction: "recvonly" });
    const offer = await peer.createOffer();
    await peer.setLocalDescription({ type: "offer", sdp: inStereo(offer.sdp ?? "") });
    const answer = await callSession("POST", `/whep/${liveId}`, peer.localDescription?.sdp);
    session = answer.headers.get("Location");
    const sdp = await answer.text();
    if (over) {
      if (session) await callSession("DELETE", session);
      return;
    }
    await peer.setRemoteDescription({ type: "answer", sdp });
  })().catch(fail);

  return {
    behindMs: () => (audio.paused ? null : behindMs),
    release() {
      release();
      audio.pause();
      audio.srcObject = null;
    },
  };
}

/** Without this browsers decode Opus to one channel. */
export function inStereo(sdp: string): string {
  const opus = /a=rtpmap:(\d+) opus\/48000\/2/i.exec(sdp)?.[1];
  if (!opus) return sdp;
  return sdp.replace(new RegExp(`(a=fmtp:${opus} )(?!.*stereo=)`), "$1stereo=1;");
}

/** What the network and this side's reserve hold back, ms; what the hub adds is not in it. */
async function delayOf(peer: RTCPeerConnection): Promise<number | null> {
  let heldMs: number | null = null;
  let wayMs = 0;
  (await peer.getStats()).forEach((report: RTCStats & Record<string, unknown>) => {
    const { jitterBufferDelay: delayS, jitterBufferEmittedCount: count, currentRoundTripTime: roundS } = report;
    if (report.type === "inbound-rtp" && typeof delayS === "number" && typeof count === "number" && count > 0) heldMs = (delayS / count) * 1_000;
    if (report.type === "candidate-pair" && typeof roundS === "number") wayMs = (roundS * 1_000) / 2;
  });
  return heldMs === null ? null : heldMs + wayMs;
}

/** Publishes a sound by WHIP (RFC 9725). The hub needs no candidates: this side calls it. */
import { HubError, type Id } from "@veza/client";
import { signIn } from "../account/session";

const MAX_BITRATE_BPS = 160_000;

export interface Publication {
  /** Ends it and says so to the hub. */
  stop(): void;
}

/** Resolves when the hub has answered. `onGone` is called once if the connection breaks later. */
export async function publish(liveId: Id, sound: MediaStreamTrack, onGone: () => void): Promise<Publication> {
  const peer = new RTCPeerConnection();
  let session: string | null = null;
  let over = false;
  peer.onconnectionstatechange = () => {
    if (over || (peer.connectionState !== "failed" && peer.connectionState !== "closed")) return;
    over = true;
    peer.close();
    onGone();
  };
  try {
    peer.addTransceiver(sound, { direction: "sendonly", sendEncodings: [{ maxBitrate: MAX_BITRATE_BPS }] });
    await peer.setLocalDescription(await peer.createOffer());
    const answer = await callSession("POST", `/whip/${liveId}`, peer.localDescription?.sdp);
    session = answer.headers.get("Location");
    await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  } catch (problem) {
    over = true;
    peer.close();
    throw problem;
  }
  return {
    stop() {
      if (over) return;
      over = true;
      peer.close();
      if (session) callSession("DELETE", session).catch(() => undefined); // it notices by itself, a little later
    },
  };
}

/** One request of WHIP or WHEP. Throws HubError. */
export async function callSession(method: string, path: string, sdp?: string): Promise<Response> {
  const headers: Record<string, string> = { Authorization: `Bearer ${await signIn.accessToken()}` };
  if (sdp !== undefined) headers["Content-Type"] = "application/sdp";
  const answer = await fetch(path, { method, headers, ...(sdp === undefined ? {} : { body: sdp }) }).catch(() => {
    throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
  });
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => ({}))) as { error_code?: string; message?: string };
  throw new HubError({ code: said.error_code ?? "INTERNAL", message: said.message ?? "", status: answer.status });
}

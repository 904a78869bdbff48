/** The sound that is sent: a microphone, or what a tab plays. As music: no filter that is made for speech. */

export type LiveSource = "microphone" | "tab";

/** The person has let the page hear nothing, or chose a tab without its sound. */
export class NoSound extends Error {}

const MUSIC = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: { ideal: 2 } } satisfies MediaTrackConstraints;

/** Asks for the sound; throws NoSound when there is none, DOMException when it was refused. */
export async function capture(source: LiveSource): Promise<MediaStreamTrack> {
  const stream = await (source === "microphone" ? navigator.mediaDevices.getUserMedia({ audio: MUSIC }) : navigator.mediaDevices.getDisplayMedia({ audio: MUSIC, video: true }));
  stream.getVideoTracks().forEach((track) => track.stop());
  const [sound] = stream.getAudioTracks();
  if (!sound) throw new NoSound();
  sound.contentHint = "music";
  return sound;
}

export function canShareTab(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/** Browsers give a microphone only to pages over https, and to this machine's own. */
export function canCapture(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === "function";
}

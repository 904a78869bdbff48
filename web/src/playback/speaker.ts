/** Which loudspeaker sounds: chosen in the settings, kept on the device, and left for the system's own choice
 *  while it is away. The delay that was set for it goes with it. */
import { canChooseDevice, pageStorage, sendTo, type EngineSwitch, type SyncedPlayer } from "@veza/client";
import { create } from "zustand";
import { clampLatency, readLatency, storeLatency } from "./latency";
import { soundingOf, speakersOf, type Device, type Speaker } from "./speakers";

const STORED_AS = "veza.speaker";

interface SpeakerStore {
  /** "" is the system's own choice. */
  chosenId: string;
  speakers: readonly Speaker[];
  /** Which one's delay is in effect; "" when the system chose and does not say. */
  soundingId: string;
  latencyMs: number;
  /** The chosen one could not be used. */
  refused: boolean;
}

const keptId = pageStorage()?.getItem(STORED_AS) ?? "";

export const useSpeaker = create<SpeakerStore>(() => ({
  chosenId: keptId,
  speakers: [],
  soundingId: keptId,
  latencyMs: readLatency(keptId),
  refused: false,
}));

interface RoomSound {
  engine: EngineSwitch;
  player: SyncedPlayer;
}

let roomSound: RoomSound | null = null;
/** What else plays: the library's player, a replay, a broadcast. */
let elements: WeakRef<HTMLMediaElement>[] = [];
/** One change after the other. */
let turn: Promise<void> = Promise.resolve();
let isWatching = false;

/** The room's sound follows the choice from now on; null when there is none any more. */
export function followSpeaker(sound: RoomSound | null): void {
  roomSound = sound;
  if (sound === null) return;
  sound.player.setOutputLatency(useSpeaker.getState().latencyMs);
  watch();
  void settle();
}

/** So does this element. */
export function soundWhereChosen(element: HTMLMediaElement): void {
  elements = [...elements.filter((kept) => kept.deref() !== undefined), new WeakRef(element)];
  watch();
  void settle();
}

export function chooseSpeaker(id: string): Promise<void> {
  pageStorage()?.setItem(STORED_AS, id);
  useSpeaker.setState({ chosenId: id });
  return settle();
}

/** Sets the delay of the speaker that sounds now. */
export function setSpeakerLatency(latencyMs: number): void {
  const kept = clampLatency(latencyMs);
  storeLatency(useSpeaker.getState().soundingId, kept);
  useSpeaker.setState({ latencyMs: kept });
  roomSound?.player.setOutputLatency(kept);
}

/** Asks for the speakers' names, which browsers give with the microphone. Raises what `getUserMedia` does. */
export async function nameSpeakers(): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of stream.getTracks()) track.stop();
  await settle();
}

export function canChooseSpeaker(): boolean {
  return navigator.mediaDevices !== undefined && (canChooseDevice("graph") || canChooseDevice("media"));
}

/** Looks which speakers there are and brings all that sounds to the chosen one. Never raises. */
export function settle(): Promise<void> {
  turn = turn.then(bring, bring);
  return turn;
}

function watch(): void {
  if (!isWatching) navigator.mediaDevices?.addEventListener("devicechange", () => void settle());
  isWatching = true;
}

async function bring(): Promise<void> {
  const devices: readonly Device[] = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  const speakers = speakersOf(devices);
  const { chosenId } = useSpeaker.getState();
  const wantedId = speakers.some(({ id }) => id === chosenId) ? chosenId : "";
  const usedId = (await send(wantedId)) ? wantedId : "";
  const soundingId = soundingOf(devices, usedId);
  const latencyMs = readLatency(soundingId);
  if (latencyMs !== useSpeaker.getState().latencyMs) roomSound?.player.setOutputLatency(latencyMs);
  useSpeaker.setState({ speakers, soundingId, latencyMs, refused: usedId !== wantedId });
}

/** False when the room's sound could not be brought there. */
async function send(deviceId: string): Promise<boolean> {
  let isThere = true;
  const { engine } = roomSound ?? {};
  if (engine !== undefined && engine.deviceId !== deviceId) {
    isThere = await engine.setOutputDevice(deviceId).then(
      () => true,
      () => engine.setOutputDevice("").then(() => false, () => false),
    );
  }
  for (const element of elements) {
    const sounding = element.deref();
    if (sounding) await sendTo(sounding, isThere ? deviceId : "").catch(() => undefined);
  }
  return isThere;
}

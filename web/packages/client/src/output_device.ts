/** Choosing the device that sounds: not every browser lets one, and TypeScript's libraries know it of none. */
interface Choosing {
  setSinkId?(deviceId: string): Promise<void>;
}

/** Sends a context's or an element's sound to a device, "" to the system's own choice. Rejects when it cannot. */
export async function sendTo(sounding: AudioContext | HTMLMediaElement, deviceId: string): Promise<void> {
  const choosing = sounding as Choosing;
  if (choosing.setSinkId !== undefined) await choosing.setSinkId(deviceId);
  else if (deviceId !== "") throw new DOMException("This browser chooses the device itself.", "NotSupportedError");
}

/** True where the engine of this kind can be sent to a device. */
export function canChooseDevice(kind: "media" | "graph"): boolean {
  const made = kind === "media" ? globalThis.HTMLMediaElement : globalThis.AudioContext;
  return made !== undefined && "setSinkId" in made.prototype;
}

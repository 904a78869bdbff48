/** What a browser says of the loudspeakers of this device: pure. */

/** Of `MediaDeviceInfo`, what is looked at. */
export type Device = Pick<MediaDeviceInfo, "deviceId" | "groupId" | "kind" | "label">;

export interface Speaker {
  id: string;
  name: string;
}

/** Names that stand for whichever device the system has chosen. */
const STAND_INS = ["", "default", "communications"];

/** Those that can be chosen: browsers name them once the microphone was allowed. */
export function speakersOf(devices: readonly Device[]): Speaker[] {
  return outputs(devices)
    .filter(({ deviceId, label }) => !STAND_INS.includes(deviceId) && label !== "")
    .map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** The speaker that sounds when sound is sent to `usedId`; "" when the system chose and does not say. */
export function soundingOf(devices: readonly Device[], usedId: string): string {
  if (usedId !== "") return usedId;
  const standIn = outputs(devices).find(({ deviceId }) => deviceId === "default");
  const real = outputs(devices).find(({ deviceId, groupId }) => !STAND_INS.includes(deviceId) && groupId !== "" && groupId === standIn?.groupId);
  return real?.deviceId ?? "";
}

function outputs(devices: readonly Device[]): Device[] {
  return devices.filter(({ kind }) => kind === "audiooutput");
}

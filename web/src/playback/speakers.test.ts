import { describe, expect, it } from "vitest";
import { soundingOf, speakersOf, type Device } from "./speakers";

const output = (deviceId: string, groupId = deviceId, label = `The ${deviceId}`): Device => ({ deviceId, groupId, label, kind: "audiooutput" });
const MICROPHONE: Device = { deviceId: "m", groupId: "box", label: "Microphone", kind: "audioinput" };

describe("speakers", () => {
  it("are the outputs that have a name, without those that stand for others", () => {
    expect(speakersOf([MICROPHONE, output("default"), output("communications"), output("box")])).toEqual([{ id: "box", name: "The box" }]);
    expect(speakersOf([output("", "", "")])).toEqual([]);
  });
});

describe("what sounds", () => {
  it("is the speaker that was chosen", () => {
    expect(soundingOf([output("box")], "box")).toBe("box");
  });

  it("is the one that stands behind the system's choice, where the browser says so", () => {
    expect(soundingOf([MICROPHONE, output("default", "box"), output("tv"), output("box")], "")).toBe("box");
    expect(soundingOf([output("default"), output("tv")], "")).toBe("");
    expect(soundingOf([], "")).toBe("");
  });
});

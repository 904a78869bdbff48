import { describe, expect, it } from "vitest";
import { inStereo } from "./whep";

const OFFER = "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=fmtp:63 111/111\r\n";

describe("inStereo", () => {
  it("asks for two channels of Opus and of nothing else", () => {
    expect(inStereo(OFFER)).toContain("a=fmtp:111 stereo=1;minptime=10;useinbandfec=1\r\n");
    expect(inStereo(OFFER)).toContain("a=fmtp:63 111/111\r\n");
  });

  it("asks once", () => {
    expect(inStereo(inStereo(OFFER))).toBe(inStereo(OFFER));
  });

  it("leaves an offer without Opus alone", () => {
    expect(inStereo("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n")).toBe("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n");
  });
});

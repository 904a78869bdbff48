/** `seconds` of nothing, as WAV: 8 bit, mono, 8 kHz. */
export function silentWav(seconds: number): Blob {
  const rateHz = 8_000;
  const frames = Math.round(seconds * rateHz);
  const view = new DataView(new ArrayBuffer(44 + frames));
  const text = (at: number, word: string): void =>
    [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + frames, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, "data");
  view.setUint32(40, frames, true);
  for (let i = 0; i < frames; i++) view.setUint8(44 + i, 128);
  return new Blob([view], { type: "audio/wav" });
}

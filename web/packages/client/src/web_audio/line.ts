/** Where the audio thread is to be: a line from frames of the context to samples of a track. Pure. */
export interface SampleLine {
  /** Frame of the AudioContext (`currentFrame`). */
  readonly frame: number;
  /** Sample of the track that belongs to it, with a fraction. */
  readonly position: number;
  /** Samples a frame, the clocks' difference included. */
  readonly step: number;
  /** The room's rate: 1 is the recorded speed. Other rates keep the pitch. */
  readonly rate: number;
}

export function positionOn(line: SampleLine, frame: number): number {
  return line.position + line.step * (frame - line.frame);
}

/** How loud a voice is while it comes or goes: pure. */

/** From here on two pieces of music are mixed; below it, a click is avoided. */
const MIX_FROM_S = 0.1;

export interface Fade {
  readonly comes: boolean;
  /** First frame of the context that it changes. */
  readonly frame: number;
  readonly frames: number;
  /** Of equal power, for unlike music; else linear, for like music and clicks. */
  readonly mixes: boolean;
}

export function fadeOf(comes: boolean, frame: number, frames: number, sampleRateHz: number): Fade {
  return { comes, frame, frames, mixes: frames >= MIX_FROM_S * sampleRateHz };
}

/** Gain at a frame, 0 to 1. */
export function gainAt({ comes, frame, frames, mixes }: Fade, at: number): number {
  if (frames === 0) return at >= frame === comes ? 1 : 0;
  const share = Math.min(1, Math.max(0, (at - frame) / frames));
  const gain = comes ? share : 1 - share;
  return mixes ? Math.sin((gain * Math.PI) / 2) : gain;
}

export function isOver({ frame, frames }: Fade, at: number): boolean {
  return at >= frame + frames;
}

/** Seeded randomness for tests: mulberry32, so that a failing run can be run again. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  exponential(mean: number): number;
  normal(sigma: number): number;
  gamma(shape: number, scale: number): number;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const exponential = (mean: number): number => -mean * Math.log(1 - next());
  const normal = (sigma: number): number =>
    sigma * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  // Whole shapes as sums of exponentials, halves by a squared normal: enough for network delays.
  const gamma = (shape: number, scale: number): number => {
    let sum = 0;
    for (let i = 0; i < Math.floor(shape); i++) sum += exponential(1);
    if (shape % 1 !== 0) sum += normal(1) ** 2 / 2;
    return scale * sum;
  };
  return { next, exponential, normal, gamma };
}

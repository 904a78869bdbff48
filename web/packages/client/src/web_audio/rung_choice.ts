/** Which rung of the ladder is fetched: pure. */

export interface Rung {
  readonly name: string;
  readonly bitrateBps: number;
  readonly sampleRateHz: number;
}

/** Of what the line carries, so much may be used. */
const SHARE = 0.5;
/** To go up, the line must carry this much more than to stay. */
const UP_FACTOR = 1.3;
/** Above this nothing is gained: the device plays at 48 kHz at most. */
const MAX_RATE_HZ = 48_000;
const WEIGHT = 0.4;

/**
 * The rungs that one stream of samples may change between, lowest first: those of one rate. A
 * ladder whose lossless rung is at 96 kHz is played from its AAC rungs.
 */
export function playableRungs<T extends Rung>(rungs: readonly T[]): T[] {
  const sorted = [...rungs].sort((a, b) => a.bitrateBps - b.bitrateBps);
  const rateHz = sorted[0]?.sampleRateHz ?? MAX_RATE_HZ;
  return sorted.filter((rung) => rung.sampleRateHz === rateHz);
}

/** The best rung for `throughputBps`; `current` is the name of the one that is fetched now. */
export function chooseRung<T extends Rung>(
  rungs: readonly T[],
  throughputBps: number,
  current: string | null,
): T | undefined {
  const carries = ({ name, bitrateBps }: T): boolean => {
    const isUp = current !== null && name !== current && bitrateBps > bitrateOf(rungs, current);
    return bitrateBps * (isUp ? UP_FACTOR : 1) <= SHARE * throughputBps;
  };
  return [...rungs].reverse().find(carries) ?? rungs[0];
}

/**
 * The same until enough is at hand to begin: no higher than the rung that was begun with, because
 * another rung's playlist and first bytes are two more ways to the hub.
 */
export function chooseToBegin<T extends Rung>(
  rungs: readonly T[],
  throughputBps: number,
  begunWith: string | null,
): T | undefined {
  const best = chooseRung(rungs, throughputBps, begunWith);
  const begun = rungs.find(({ name }) => name === begunWith);
  return begun && best && begun.bitrateBps < best.bitrateBps ? begun : best;
}

/** What the line carries, after one more fetch. */
export function smoothed(throughputBps: number | null, bytes: number, tookMs: number): number {
  const seen = (bytes * 8_000) / Math.max(1, tookMs);
  return throughputBps === null ? seen : throughputBps + WEIGHT * (seen - throughputBps);
}

function bitrateOf<T extends Rung>(rungs: readonly T[], name: string): number {
  return rungs.find((rung) => rung.name === name)?.bitrateBps ?? 0;
}

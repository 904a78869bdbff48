import { delay } from "../delay.js";

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 8_000;
/** A request that hangs is as good as lost. */
const PATIENCE_MS = 20_000;
/** To ask again would change nothing. (After 401 the page's cookie is being renewed.) */
const FINAL = new Set([400, 403, 404, 410]);

/** The hub does not give it to us. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`The hub answered ${status}.`);
    this.name = "Refused";
    this.status = status;
  }
}

export interface Fetched {
  readonly bytes: Uint8Array;
  /** From asking to the last byte, ms. */
  readonly tookMs: number;
}

/**
 * Fetches bytes; a network or a hub that is down is waited for. Raises `Refused`, or the signal's
 * reason.
 */
export async function fetchBytes(
  url: string,
  token: () => string | null,
  signal: AbortSignal,
): Promise<Fetched> {
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(MAX_RETRY_MS, 2 * retryMs)) {
    signal.throwIfAborted();
    try {
      return await once(url, token(), signal);
    } catch (error) {
      if (signal.aborted || (error instanceof Refused && FINAL.has(error.status))) throw error;
      await delay(retryMs, signal);
    }
  }
}

async function once(url: string, bearer: string | null, signal: AbortSignal): Promise<Fetched> {
  const sentMs = performance.now();
  const headers: HeadersInit = bearer === null ? {} : { Authorization: `Bearer ${bearer}` };
  const patience = new AbortController();
  const stop = (): void => patience.abort(signal.reason);
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await fetch(url, { headers, signal: patience.signal });
    if (!answer.ok) throw new Refused(answer.status);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { bytes, tookMs: performance.now() - sentMs };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

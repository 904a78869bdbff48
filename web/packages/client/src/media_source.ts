// A program that compiles these sources has to meet the declaration with them.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./hls_light.d.ts" />
import type { HlsConfig } from "hls.js";

const RETRY_MS = 1_000;
const MAX_RETRY_MS = 15_000;
const HLS_TYPE = "application/vnd.apple.mpegurl";

/** An HLS address bound to a media element. */
export interface AttachedSource {
  /** Name of the rung that plays; null when the browser chooses by itself and does not tell. */
  rung(): string | null;
  release(): void;
}

export interface AttachOptions {
  url: string;
  startMs: number;
  /** Access token for playlist and segments; null: the cookie goes along by itself. */
  token: () => string | null;
  onFailed: (message: string) => void;
}

/**
 * Binds an element to a playlist: hls.js (fetched only now) where Media Source Extensions exist, the
 * browser's own HLS else. An iPhone has the second only, and there it is the one that plays on while
 * the phone is locked.
 */
export async function attach(
  element: HTMLMediaElement,
  options: AttachOptions,
  signal: AbortSignal,
): Promise<AttachedSource | null> {
  if (prefersNative(element)) return attachNative(element, options);
  const { default: Hls } = await import("hls.js/light");
  if (signal.aborted) return null;
  if (Hls.isSupported()) return attachHls(Hls, element, options);
  if (element.canPlayType(HLS_TYPE) !== "") return attachNative(element, options);
  options.onFailed("This browser cannot play HTTP Live Streaming.");
  return null;
}

function prefersNative(element: HTMLMediaElement): boolean {
  return !("MediaSource" in globalThis) && element.canPlayType(HLS_TYPE) !== "";
}

type HlsClass = typeof import("hls.js").default;

function attachHls(
  Hls: HlsClass,
  element: HTMLMediaElement,
  options: AttachOptions,
): AttachedSource {
  const hls = new Hls(configOf(options));
  let retryMs = RETRY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let recovered = false;
  hls.on(Hls.Events.FRAG_BUFFERED, () => (retryMs = RETRY_MS));
  hls.on(Hls.Events.ERROR, (_event, { fatal, type, details, response }) => {
    if (!fatal) return;
    const gone = [403, 404, 410].includes(response?.code ?? 0);
    if (type === Hls.ErrorTypes.NETWORK_ERROR && !gone) {
      // The hub or the way to it is down: the next part is worth waiting for.
      timer = setTimeout(() => reload(hls, options), retryMs);
      retryMs = Math.min(MAX_RETRY_MS, 2 * retryMs);
    } else if (type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true;
      hls.recoverMediaError();
    } else {
      options.onFailed(details);
    }
  });
  hls.attachMedia(element);
  hls.loadSource(options.url);
  return {
    rung: () => rungOf(hls.levels[hls.currentLevel]?.uri),
    release: () => {
      clearTimeout(timer);
      hls.destroy();
    },
  };
}

function configOf({ startMs, token }: AttachOptions): Partial<HlsConfig> {
  return {
    startPosition: startMs / 1000,
    maxBufferLength: 30,
    backBufferLength: 30,
    // A worker from a blob: address is what the page's content security policy forbids.
    enableWorker: false,
    lowLatencyMode: false,
    xhrSetup: (request) => {
      const bearer = token();
      if (bearer !== null) request.setRequestHeader("Authorization", `Bearer ${bearer}`);
    },
  };
}

function reload(hls: InstanceType<HlsClass>, { url, startMs }: AttachOptions): void {
  if (hls.levels.length === 0) hls.loadSource(url);
  else hls.startLoad(hls.media ? -1 : startMs / 1000);
}

function attachNative(
  element: HTMLMediaElement,
  { url, startMs, onFailed }: AttachOptions,
): AttachedSource {
  const onError = (): void => onFailed(element.error?.message || "The browser cannot play this.");
  const onMetadata = (): void => {
    if (startMs > 0) element.currentTime = startMs / 1000;
  };
  element.addEventListener("error", onError);
  element.addEventListener("loadedmetadata", onMetadata, { once: true });
  element.src = url;
  return {
    rung: () => null,
    release: () => {
      element.removeEventListener("error", onError);
      element.removeEventListener("loadedmetadata", onMetadata);
      element.removeAttribute("src");
      element.load();
    },
  };
}

/** A rung is named by the folder of its playlist: `…/hls/aac_128/playlist.m3u8`. */
function rungOf(playlistUrl: string | undefined): string | null {
  return playlistUrl?.split("?")[0]?.split("/").at(-2) ?? null;
}

/** HLS playlists as the hub writes them (RFC 8216), read into values. Pure. */

export interface Variant {
  /** Name of the rung. */
  readonly name: string;
  readonly url: string;
  readonly codecs: string;
  readonly bitrateBps: number;
}

export interface PlaylistSegment {
  readonly url: string;
  readonly durationS: number;
}

export interface MediaPlaylist {
  readonly initUrl: string;
  readonly segments: readonly PlaylistSegment[];
  /** False while it may still grow. */
  readonly hasEnded: boolean;
}

/** The rungs of a multivariant playlist, lowest first; addresses are resolved against `baseUrl`. */
export function parseVariants(text: string, baseUrl: string): Variant[] {
  const variants: Variant[] = [];
  let attributes: Map<string, string> | null = null;
  for (const line of linesOf(text)) {
    if (line.startsWith("#EXT-X-STREAM-INF:")) attributes = attributesOf(line);
    else if (!line.startsWith("#") && attributes !== null) {
      const url = new URL(line, baseUrl).href;
      variants.push({
        name: attributes.get("STABLE-VARIANT-ID") ?? rungOf(url),
        url,
        codecs: attributes.get("CODECS") ?? "",
        bitrateBps: Number(attributes.get("BANDWIDTH") ?? 0),
      });
      attributes = null;
    }
  }
  return variants.sort((a, b) => a.bitrateBps - b.bitrateBps);
}

/** The segments of a media playlist; null when it names no init segment. */
export function parseMedia(text: string, baseUrl: string): MediaPlaylist | null {
  let initUrl: string | null = null;
  let hasEnded = false;
  let durationS: number | null = null;
  const segments: PlaylistSegment[] = [];
  for (const line of linesOf(text)) {
    if (line.startsWith("#EXT-X-MAP:")) {
      const uri = attributesOf(line).get("URI");
      if (uri !== undefined) initUrl = new URL(uri, baseUrl).href;
    } else if (line.startsWith("#EXTINF:")) durationS = Number.parseFloat(line.slice(8));
    else if (line === "#EXT-X-ENDLIST") hasEnded = true;
    else if (!line.startsWith("#") && durationS !== null) {
      segments.push({ url: new URL(line, baseUrl).href, durationS });
      durationS = null;
    }
  }
  return initUrl === null ? null : { initUrl, segments, hasEnded };
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function attributesOf(line: string): Map<string, string> {
  const found = line.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^",\s]+))/g);
  return new Map([...found].map(([, name = "", quoted, plain]) => [name, quoted ?? plain ?? ""]));
}

/** A rung is named by the folder of its playlist: `…/hls/high/playlist.m3u8`. */
function rungOf(url: string): string {
  return url.split("?")[0]?.split("/").at(-2) ?? "";
}

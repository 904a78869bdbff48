/** What the hub's rungs are coded in, the one that every browser has first. */
const CODECS = ["mp4a.40.2", "fLaC"] as const;

/** MIME type of a rung's fragments. */
export function mimeOf(codec: string): string {
  return `audio/mp4; codecs="${codec}"`;
}

/** Those of the hub's codecs that this browser's Media Source Extensions take. */
export function playableCodecs(): string[] {
  const source = globalThis.MediaSource;
  if (source === undefined) return [];
  const known = CODECS.filter((codec) => source.isTypeSupported(mimeOf(codec)));
  // One codec only where a buffer cannot change over to another.
  const canChange = "changeType" in (globalThis.SourceBuffer?.prototype ?? {});
  return canChange ? known : known.slice(0, 1);
}

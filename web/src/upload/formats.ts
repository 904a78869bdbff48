/** What can be uploaded. The hub looks into the file itself; this only spares an upload that cannot work. */
export const EXTENSIONS = ["mp3", "flac", "ogg", "oga", "opus", "wav", "wave", "m4a", "mp4", "aac"] as const;

export const ACCEPT = ["audio/*", ...EXTENSIONS.map((extension) => `.${extension}`)].join(",");

/** True for what may well be music by its name or type; playlists call themselves audio, too. */
export function looksLikeMusic(file: Pick<File, "name" | "type">): boolean {
  const extension = file.name.toLowerCase().split(".").at(-1) ?? "";
  if ((EXTENSIONS as readonly string[]).includes(extension)) return true;
  return file.type.startsWith("audio/") && !/mpegurl|scpls|midi|x-ms-wax/u.test(file.type);
}

/** A name to show until the tags are read: no extension, no track number, no underscores. */
export function titleFromName(name: string): string {
  const bare = name.replace(/\.[^.]{1,5}$/u, "").replace(/^\d{1,3}[\s._-]+/u, "").replaceAll("_", " ").trim();
  return bare || name;
}

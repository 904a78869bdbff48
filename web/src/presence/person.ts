/** A person's own colour and initials: the same on every screen, made from the user id. */

/** Hue in degrees. Skips the band of the sound colour, so nobody looks like the playhead. */
export function hueOf(userId: string): number {
  let hash = 2166136261;
  for (let i = 0; i < userId.length; i += 1) {
    hash ^= userId.charCodeAt(i);
    hash = Math.imul(hash, 16777619);
  }
  hash ^= hash >>> 15;
  const band = (hash >>> 0) % 300; // 0…299 → 10…309
  return band + 10;
}

/** One or two letters that stand for a name: `Ana Petrović` → `AP`, `dj-lux` → `DL`. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/[\s._-]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  const text = letters.map((word) => Array.from(word ?? "")[0] ?? "").join("");
  return text.toLocaleUpperCase() || "·";
}

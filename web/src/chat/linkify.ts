/** Splits text into plain parts and web addresses. Nothing else becomes a link, whatever it looks like. */
export type Part = { kind: "text"; text: string } | { kind: "link"; text: string; href: string };

const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^]+/giu;
/** Marks that end a sentence rather than an address. */
const TAIL = /[.,;:!?…*_~]+$/u;

export function linkify(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const found = trim(match[0]);
    const href = safeHref(found);
    if (!href) continue;
    if (match.index > from) parts.push({ kind: "text", text: text.slice(from, match.index) });
    parts.push({ kind: "link", text: found, href });
    from = match.index + found.length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

function trim(address: string): string {
  let found = address.replace(TAIL, "");
  // A closing bracket belongs to the address only if it was opened in it.
  while (/[)\]]$/u.test(found)) {
    const close = found.at(-1) as ")" | "]";
    const open = close === ")" ? "(" : "[";
    if (found.split(open).length > found.split(close).length - 1) break;
    found = found.slice(0, -1).replace(TAIL, "");
  }
  return found;
}

/** The address as the browser reads it; null unless it is plain http or https without credentials. */
function safeHref(text: string): string | null {
  try {
    const url = new URL(text);
    const isWeb = url.protocol === "http:" || url.protocol === "https:";
    return isWeb && !url.username && !url.password && url.hostname ? url.href : null;
  } catch {
    return null;
  }
}

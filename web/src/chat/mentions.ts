/** Names being written after an @, and those that stand in a text. */
import type { Member } from "@veza/client";

const WRITING = /(?:^|[^\w@])@([\w.-]{0,30})$/u;
const MOST = 6;

/** What stands after the @ that the cursor is at; null when one is not writing a name. */
export function nameAt(text: string, cursor: number): string | null {
  return WRITING.exec(text.slice(0, cursor))?.[1] ?? null;
}

/** Members whose name begins like that, the best first. */
export function suggestions(members: readonly Member[], start: string, me: string): Member[] {
  const wanted = start.toLowerCase();
  const begins = (name: string) => name.toLowerCase().startsWith(wanted);
  return members
    .filter((member) => member.state === "joined" && member.user_id !== me && (begins(member.username) || begins(member.display_name)))
    .sort((a, b) => a.username.localeCompare(b.username))
    .slice(0, MOST);
}

/** The text with the name in place of what was written of it, and where the cursor is then. */
export function withName(text: string, cursor: number, username: string): { text: string; cursor: number } {
  const start = text.slice(0, cursor).lastIndexOf("@");
  const before = `${text.slice(0, start)}@${username} `;
  return { text: before + text.slice(cursor), cursor: before.length };
}

export type Piece = { kind: "text" | "name"; text: string };

/** Splits a text where it names people; only names that are known, and @room. */
export function splitNames(text: string, known: ReadonlySet<string>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/(?<![\w@])@([A-Za-z0-9][\w.-]*)/gu)) {
    const name = (match[1] ?? "").replace(/[.-]+$/u, "");
    if (name !== "room" && !known.has(name.toLowerCase())) continue;
    if (match.index > from) pieces.push({ kind: "text", text: text.slice(from, match.index) });
    pieces.push({ kind: "name", text: `@${name}` });
    from = match.index + name.length + 1;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

/** The invitation link of a room: one is made per visit and shown again until it runs out. */
import type { Id, Invite, RoomState } from "@veza/client";

const kept = new Map<Id, Promise<Invite>>();

export async function inviteFor(roomId: Id, state: RoomState): Promise<Invite> {
  const known = await kept.get(roomId)?.catch(() => null);
  if (known && (!known.expires_at || Date.parse(known.expires_at) > Date.now() + 60_000)) return known;
  const made = state.invite();
  kept.set(roomId, made);
  return made;
}

/**
 * The link as others can open it. The hub writes the address it knows itself by; when that is only this
 * machine's own name and the page was reached by another, the page's address is the better one.
 */
export function shareableUrl(invite: Pick<Invite, "url" | "token">, page: Pick<Location, "origin" | "hostname"> = window.location): string {
  const own = `${page.origin}/join/${invite.token}`;
  try {
    const { hostname } = new URL(invite.url);
    return isLocal(hostname) && !isLocal(page.hostname) ? own : invite.url;
  } catch {
    return own;
  }
}

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.") || hostname === "0.0.0.0";
}

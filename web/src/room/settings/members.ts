/** Members as who keeps order looks at them. */
import type { Id, Member, Role } from "@veza/client";

const RANK: Record<Role, number> = { guest: 0, member: 1, moderator: 2, admin: 3, owner: 4 };
const TO_GIVE: readonly Role[] = ["owner", "admin", "moderator", "member"];

export function keepsOrder(role: Role | undefined): boolean {
  return role !== undefined && RANK[role] >= RANK.moderator;
}

export function outranks(mine: Role, theirs: Role): boolean {
  return RANK[mine] > RANK[theirs];
}

export function isMuted(member: Pick<Member, "muted_until">, nowMs = Date.now()): boolean {
  return Boolean(member.muted_until && Date.parse(member.muted_until) > nowMs);
}

/** A measure without an end is kept as one until the year 9999. */
export function isForGood(until: string | null | undefined): boolean {
  return Boolean(until && Date.parse(until) > Date.parse("9000-01-01"));
}

/** Roles the caller may give a member, his own among them; none where he may not. */
export function rolesToGive(mine: Role, member: Pick<Member, "role" | "is_guest">): Role[] {
  if (RANK[mine] < RANK.admin || !outranks(mine, member.role) || member.is_guest) return [];
  return TO_GIVE.filter((role) => (role === "owner" ? mine === "owner" : outranks(mine, role)));
}

/** Who is in the room and is called so, the highest role first, then by name. */
export function membersShown(members: Readonly<Record<Id, Member>>, words: string, onlyMuted: boolean): Member[] {
  const wanted = words.trim().toLocaleLowerCase();
  return Object.values(members)
    .filter((member) => member.state === "joined" && (!onlyMuted || isMuted(member)))
    .filter(({ display_name, username }) => `${display_name} ${username}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => RANK[b.role] - RANK[a.role] || a.display_name.localeCompare(b.display_name));
}

/** Who may move what in a room: the same rule as the hub's, to disable what would be refused anyway. */
import type { Control, Id, Policy, Role, RoomView } from "@veza/client";

export type ControlName = keyof Policy["controls"];

/** Roles that a `dj` control is open to, beside the host (rooms/playback/controls.py). */
const LEADS = new Set<Role>(["owner", "admin", "moderator"]);

const QUEUE = new Set<ControlName>(["queue_add", "queue_reorder"]);

export type Permission = { allowed: true } | { allowed: false; reason: "join" | "host" | "locked" };

export function permissionFor(control: ControlName, view: Pick<RoomView, "room" | "members" | "hostId"> & { isQueueLocked?: boolean }, userId: Id): Permission {
  const me = view.members[userId];
  const role = me?.state === "joined" ? me.role : null;
  if (!view.room || !role) return { allowed: false, reason: "join" };
  const isLead = view.hostId === userId || LEADS.has(role);
  if (view.isQueueLocked && QUEUE.has(control) && !isLead) return { allowed: false, reason: "locked" };
  const rule: Control = view.room.policy.controls[control];
  if (rule === "all" || view.hostId === userId) return { allowed: true };
  if (rule === "dj" && isLead) return { allowed: true };
  return { allowed: false, reason: "host" };
}

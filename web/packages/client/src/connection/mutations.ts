import type { CommandName } from "../wire/commands.js";
import { uuidv7 } from "../ids.js";

/** Commands that change something: sent with an `op_id`, so that a repeat changes nothing more. */
const MUTATIONS: ReadonlySet<string> = new Set<CommandName>([
  "room:create",
  "room:join",
  "room:leave",
  "room:update",
  "room:delete",
  "member:update",
  "member:remove",
  "member:mute",
  "member:unmute",
  "member:ban",
  "member:unban",
  "chat:update",
  "chat:notify",
  "invite:create",
  "invite:accept",
  "invite:revoke",
  "playback:play",
  "playback:pause",
  "playback:seek",
  "playback:next",
  "playback:previous",
  "playback:set_rate",
  "host:claim",
  "host:transfer",
  "item:add",
  "item:move",
  "item:remove",
  "live:create",
  "live:start",
  "live:end",
  "metadata:set",
]);

/** The payload with an `op_id` if the command needs one and has none. */
export function withOpId(event: string, payload: object): Record<string, unknown> {
  if (!MUTATIONS.has(event) || "op_id" in payload) return { ...payload };
  return { ...payload, op_id: uuidv7() };
}

/** True when sending the same payload twice is the same as sending it once. */
export function isRepeatable(payload: Record<string, unknown>): boolean {
  return typeof payload.op_id === "string" || typeof payload.client_id === "string";
}

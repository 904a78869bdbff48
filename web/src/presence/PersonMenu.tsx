import type { CommandName, Member, PayloadOf } from "@veza/client";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useHub } from "../account/hub";
import { useSession } from "../account/session";
import { block, useHidden } from "../chat/hidden";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { Menu, type MenuItem } from "../shell/Menu";
import { complain, useToasts } from "../shell/toasts";

const RANK = { guest: 0, member: 1, moderator: 2, admin: 3, owner: 4 };
const MUTE_S = 600;

/** What one may do about a member. Test ids: `person-menu`, `menu-{dm|mute|unmute|kick|ban|promote|demote|block|unblock}`. */
export function PersonMenu({ member }: { member: Member }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const me = useMyId();
  const hub = useHub((store) => store.hub);
  const role = useRoomView((view) => view.room?.my?.role);
  const isBlocked = useHidden((store) => store.ids.has(member.user_id));
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  const navigate = useNavigate();
  if (!hub || !role || member.user_id === me) return null;
  const name = member.display_name || member.username;
  const run = (title: string, work: Promise<unknown>) =>
    void work.then(() => useToasts.getState().show({ look: "good", title })).catch((error: unknown) => complain(title, error));
  const ask = <E extends CommandName>(key: string, label: string, event: E, payload: PayloadOf<E>, danger = false): MenuItem => ({
    key,
    label,
    danger,
    run: () => run(label, hub.connection.request(event, payload)),
  });
  const him = { room_id: roomId, user_id: member.user_id };
  const items: MenuItem[] = [];
  if (!isGuest && !member.is_guest) {
    const write = async () => {
      const { room_id } = await hub.connection.request("dm:open", { user_id: member.user_id });
      await navigate(`/room/${room_id}`);
    };
    items.push({ key: "dm", label: t("presence.write", { name }), run: () => void write().catch((error: unknown) => complain(t("presence.write", { name }), error)) });
  }
  if (RANK[role] >= RANK.moderator && RANK[role] > RANK[member.role]) {
    const isMuted = Boolean(member.muted_until && Date.parse(member.muted_until) > Date.now());
    items.push(isMuted ? ask("unmute", t("presence.unmute"), "member:unmute", him) : ask("mute", t("presence.mute"), "member:mute", { ...him, duration_s: MUTE_S }));
    if (RANK[role] >= RANK.admin && !member.is_guest) {
      items.push(
        member.role === "moderator" ? ask("demote", t("presence.demote"), "member:update", { ...him, role: "member" }) : ask("promote", t("presence.promote"), "member:update", { ...him, role: "moderator" }),
      );
    }
    items.push(ask("kick", t("presence.kick"), "member:remove", him, true), ask("ban", t("presence.ban"), "member:ban", him, true));
  }
  if (!isGuest) {
    const label = t(isBlocked ? "presence.unblock" : "chat.block", { name });
    items.push({ key: isBlocked ? "unblock" : "block", label, danger: !isBlocked, run: () => run(label, block(member.user_id, !isBlocked)) });
  }
  return items.length > 0 ? <Menu icon="more" label={t("presence.actions", { name })} items={items} testId="person-menu" /> : null;
}

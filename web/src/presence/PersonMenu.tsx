import type { CommandName, Member, PayloadOf } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useHub } from "../account/hub";
import { useSession } from "../account/session";
import { block, useHidden } from "../chat/hidden";
import { ReportDialog } from "../chat/ReportDialog";
import { isMuted, keepsOrder, outranks } from "../room/settings/members";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { Menu, type MenuItem } from "../shell/Menu";
import { complain, useToasts } from "../shell/toasts";
import { MeasureDialog, type MeasureName } from "./MeasureDialog";

/** What one may do about a member. Test ids: `person-menu`, `menu-{dm|mute|unmute|kick|ban|promote|demote|report|block|unblock}`. */
export function PersonMenu({ member }: { member: Member }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const me = useMyId();
  const hub = useHub((store) => store.hub);
  const role = useRoomView((view) => view.room?.my?.role);
  const isDm = useRoomView((view) => view.room?.type === "dm");
  const isBlocked = useHidden((store) => store.ids.has(member.user_id));
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<MeasureName | "report" | null>(null);
  if (!hub || !role || member.user_id === me) return null;
  const name = member.display_name || member.username;
  const run = (title: string, work: Promise<unknown>) =>
    void work.then(() => useToasts.getState().show({ look: "good", title })).catch((error: unknown) => complain(title, error));
  const ask = <E extends CommandName>(key: string, label: string, event: E, payload: PayloadOf<E>): MenuItem => ({
    key,
    label,
    run: () => run(label, hub.connection.request(event, payload)),
  });
  const him = { room_id: roomId, user_id: member.user_id };
  const items: MenuItem[] = [];
  if (!isGuest && !member.is_guest && !isDm) {
    const write = async () => {
      const { room_id } = await hub.connection.request("dm:open", { user_id: member.user_id });
      await navigate(`/room/${room_id}`);
    };
    items.push({ key: "dm", label: t("presence.write", { name }), run: () => void write().catch((error: unknown) => complain(t("presence.write", { name }), error)) });
  }
  if (keepsOrder(role) && outranks(role, member.role) && !isDm) {
    items.push(isMuted(member) ? ask("unmute", t("presence.unmute"), "member:unmute", him) : { key: "mute", label: t("presence.mute"), run: () => setDialog("mute") });
    if (role !== "moderator" && !member.is_guest) {
      items.push(
        member.role === "moderator" ? ask("demote", t("presence.demote"), "member:update", { ...him, role: "member" }) : ask("promote", t("presence.promote"), "member:update", { ...him, role: "moderator" }),
      );
    }
    items.push({ key: "kick", label: t("presence.kick"), danger: true, run: () => setDialog("kick") }, { key: "ban", label: t("presence.ban"), danger: true, run: () => setDialog("ban") });
  }
  items.push({ key: "report", label: t("report.user", { name }), run: () => setDialog("report") });
  if (!isGuest) {
    const label = t(isBlocked ? "presence.unblock" : "chat.block", { name });
    items.push({ key: isBlocked ? "unblock" : "block", label, danger: !isBlocked, run: () => run(label, block(member.user_id, !isBlocked)) });
  }
  const close = () => setDialog(null);
  return (
    <>
      <Menu icon="more" label={t("presence.actions", { name })} items={items} testId="person-menu" />
      {dialog === "report" && <ReportDialog reported={{ kind: "user", id: member.user_id, name, roomId }} onClose={close} />}
      {dialog && dialog !== "report" && <MeasureDialog measure={dialog} roomId={roomId} userId={member.user_id} name={name} onClose={close} />}
    </>
  );
}

/** The open room for the components below its page. */
import type { RoomView } from "@veza/client";
import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../account/session";
import { permissionFor, type ControlName } from "../playback/permission";
import { useView } from "../shell/useView";
import type { ActiveRoom } from "./activeRoom";

export const RoomContext = createContext<ActiveRoom | null>(null);

export function useRoom(): ActiveRoom {
  const room = useContext(RoomContext);
  if (!room) throw new Error("useRoom is for components inside a room's page");
  return room;
}

/** One part of the room's view (a slice of it, not an object made anew). */
export function useRoomView<S>(select: (view: RoomView) => S): S {
  return useView(useRoom().state, select);
}

export function useMyId(): string {
  return useSession((session) => session.user?.id ?? "");
}

/** How a person is called here: the display name, else the username, else the word for a guest. */
export function usePersonName(): (userId: string) => string {
  const { t } = useTranslation();
  const members = useRoomView((view) => view.members);
  return (userId) => {
    const member = members[userId];
    return member?.display_name || member?.username || t("account.guest");
  };
}

/** Whether I may use a control, and if not the sentence that says why; a stranger is no member. */
export function useControl(control: ControlName): { allowed: boolean; isStranger?: boolean; reason: string | undefined } {
  const { t } = useTranslation();
  const me = useMyId();
  const name = usePersonName();
  const room = useRoomView((view) => view.room);
  const members = useRoomView((view) => view.members);
  const hostId = useRoomView((view) => view.hostId);
  const isQueueLocked = useRoomView((view) => view.queue?.locked ?? false);
  const permission = permissionFor(control, { room, members, hostId, isQueueLocked }, me);
  if (permission.allowed) return { allowed: true, reason: undefined };
  if (permission.reason === "join") return { allowed: false, isStranger: true, reason: t("playback.joinFirst") };
  if (permission.reason === "locked") return { allowed: false, reason: t("queue.locked") };
  return { allowed: false, reason: hostId ? t("playback.hostOnly", { host: name(hostId) }) : t("playback.hostOnlyUnknown") };
}

/** What rang for the person who is signed in, kept up to date by the private stream. */
import type { Notification } from "@veza/client";
import { create } from "zustand";
import { onHubClose, onUserEvent, onUserResync, useHub } from "../account/hub";

const SHOWN = 30;

interface Bell {
  unread: number;
  notifications: Notification[];
}

export const useBell = create<Bell>(() => ({ unread: 0, notifications: [] }));

export async function loadBell(): Promise<void> {
  const { hub } = useHub.getState();
  const page = await hub?.connection.request("notification:list", { limit: SHOWN }).catch(() => undefined); // asked again with the next connection
  if (page) useBell.setState({ unread: page.unread, notifications: page.notifications });
}

export async function readOne(id: string): Promise<void> {
  const { hub } = useHub.getState();
  const answer = await hub?.connection.request("notification:read", { notification_id: id });
  if (answer) mark(answer.unread, (notification) => notification.id === id);
}

export async function readAll(): Promise<void> {
  const { hub } = useHub.getState();
  const answer = await hub?.connection.request("notification:read_all", {});
  if (answer) mark(answer.unread, () => true);
}

function mark(unread: number, which: (notification: Notification) => boolean): void {
  const { notifications } = useBell.getState();
  useBell.setState({ unread, notifications: notifications.map((each) => (which(each) ? { ...each, read: true } : each)) });
}

onUserEvent((event, data) => {
  if (event === "notification:created") {
    const { notification, unread } = data as { notification: Notification; unread: number };
    const { notifications } = useBell.getState();
    if (!notifications.some(({ id }) => id === notification.id)) useBell.setState({ unread, notifications: [notification, ...notifications].slice(0, SHOWN) });
  } else if (event === "notifications:updated") {
    void loadBell();
  }
});
onUserResync(() => void loadBell());
onHubClose(() => useBell.setState({ unread: 0, notifications: [] }));

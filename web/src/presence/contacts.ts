/** People one shares a private room or a direct message with, and what they listen to. */
import type { Id, PresenceByUser, PresenceEntry } from "@veza/client";
import { useEffect, useState } from "react";
import { useHub, type Hub } from "../account/hub";

export interface Listening {
  userId: Id;
  name: string;
  roomId: Id;
  roomName: string;
  title: string | null;
}

interface Diff {
  data?: { upserts?: PresenceByUser; leaves?: Id[] };
}

/** Contacts as a diff leaves them: of others nothing is taken. */
export function withDiff(contacts: PresenceByUser, known: ReadonlySet<Id>, { data }: Diff): PresenceByUser {
  const upserts = Object.entries(data?.upserts ?? {}).filter(([id]) => known.has(id));
  const leaves = (data?.leaves ?? []).filter((id) => id in contacts);
  if (upserts.length === 0 && leaves.length === 0) return contacts;
  const stayed = Object.entries(contacts).filter(([id]) => !leaves.includes(id));
  return { ...Object.fromEntries(stayed), ...Object.fromEntries(upserts) };
}

/** Those whom one could join, by room. */
export function joinable(contacts: PresenceByUser, hidden: ReadonlySet<Id>): [Id, PresenceEntry & { activity: { room_id: Id } }][] {
  return Object.entries(contacts).filter((entry): entry is [Id, PresenceEntry & { activity: { room_id: Id } }] => !hidden.has(entry[0]) && entry[1].status !== "offline" && Boolean(entry[1].activity?.room_id));
}

/** Follows the contacts' presence while the component is shown. */
export function useContacts(): PresenceByUser {
  const hub = useHub((state) => state.hub);
  const [contacts, setContacts] = useState<PresenceByUser>({});
  useEffect(() => {
    if (!hub) return;
    let gone = false;
    const known = new Set<Id>();
    const subscribe = () =>
      void hub.connection.request("presence:subscribe", { audience: "contacts" }).then(
        ({ users }) => {
          if (gone) return;
          Object.keys(users).forEach((id) => known.add(id));
          setContacts(users);
        },
        () => undefined, // without contacts the page is whole
      );
    // Diffs of contacts come on streams named after them; those of rooms are told apart by who is in them.
    const stopDiffs = hub.connection.on("presence:diff", (payload) => {
      const { stream } = payload as { stream?: string };
      const userId = stream?.startsWith("room:") ? stream.slice(5) : undefined;
      const diff = payload as Diff;
      if (userId !== undefined && diff.data?.upserts && userId in diff.data.upserts) known.add(userId);
      if (!gone) setContacts((old) => withDiff(old, known, diff));
    });
    const stopOnline = hub.connection.onOnline(subscribe);
    if (hub.connection.hello) subscribe();
    return () => {
      gone = true;
      stopDiffs();
      stopOnline();
    };
  }, [hub]);
  return contacts;
}

/** Names of people and rooms that presence tells only by id; asked for once each. */
export async function named(hub: Hub, people: readonly Id[], rooms: readonly Id[]): Promise<{ people: Map<Id, string>; rooms: Map<Id, string> }> {
  const found = { people: new Map<Id, string>(), rooms: new Map<Id, string>() };
  const look = async (roomId: Id) => {
    const room = await hub.connection.request("room:get", { room_id: roomId }).catch(() => null);
    if (!room) return;
    found.rooms.set(roomId, room.name);
    for (const member of room.members) found.people.set(member.user_id, member.display_name || member.username);
  };
  await Promise.all([...new Set(rooms)].map(look));
  const missing = () => people.some((id) => !found.people.has(id));
  if (!missing()) return found;
  const { rooms: mine } = await hub.connection.request("room:list", { scope: "mine", limit: 50 });
  for (const room of mine) {
    if (!missing()) break;
    if (room.type !== "public") await look(room.id);
  }
  return found;
}

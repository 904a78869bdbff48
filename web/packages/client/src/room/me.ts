import type { HubConnection } from "../connection/connection.js";
import type { Person } from "../wire/rooms.js";
import type { RoomModel } from "./room_model.js";

/** Its user as the room knows him; before it knows him, as the hub greeted him. */
export function me(connection: HubConnection, model: RoomModel): Person {
  const user = connection.hello?.user;
  const id = user?.id ?? "";
  const name = user?.username ?? "";
  const unknown = { user_id: id, username: name, display_name: user?.display_name ?? name };
  return model.truth?.members[id] ?? { ...unknown, is_guest: user?.is_guest ?? false };
}

/** Whose words are left out: whom one has blocked, and who has blocked one. */
import type { Id } from "@veza/client";
import { create } from "zustand";
import { onUserEvent, onUserResync, useHub } from "../account/hub";

export const useHidden = create<{ ids: ReadonlySet<Id> }>(() => ({ ids: new Set<Id>() }));

export async function block(userId: Id, on: boolean): Promise<void> {
  const { hub } = useHub.getState();
  const answer = await hub?.connection.request(on ? "user:block" : "user:unblock", { user_id: userId });
  if (answer) take(answer.hidden_ids);
}

async function load(): Promise<void> {
  const { hub } = useHub.getState();
  const answer = await hub?.connection.request("user:blocks", {}).catch(() => undefined); // asked again with the next connection
  if (answer) take(answer.hidden_ids);
}

function take(ids: readonly Id[]): void {
  useHidden.setState({ ids: new Set(ids) });
}

onUserEvent((event, data) => event === "blocks:updated" && take((data as { hidden_ids: Id[] }).hidden_ids));
onUserResync(() => void load());

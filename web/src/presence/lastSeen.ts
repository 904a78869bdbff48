import type { Id, Member } from "@veza/client";
import { useEffect, useRef, useState } from "react";
import { useHub } from "../account/hub";

const MOST = 20;

/** When members who are not here were last seen, as far as they say so; asked for while `isOpen`. */
export function useLastSeen(absent: readonly Member[], isOpen: boolean): ReadonlyMap<Id, string | null> {
  const hub = useHub((state) => state.hub);
  const [known, setKnown] = useState<ReadonlyMap<Id, string | null>>(new Map());
  const asked = useRef(new Set<Id>());
  useEffect(() => {
    if (!hub || !isOpen) return;
    for (const { user_id } of absent.slice(0, MOST)) {
      if (asked.current.has(user_id)) continue;
      asked.current.add(user_id);
      hub.connection.request("presence:get", { user_id }).then(
        ({ last_seen_at }) => setKnown((old) => new Map(old).set(user_id, last_seen_at)),
        () => asked.current.delete(user_id),
      );
    }
  }, [hub, absent, isOpen]);
  return known;
}

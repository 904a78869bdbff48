import type { Id } from "@veza/client";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useHub } from "../account/hub";
import { useHidden } from "../chat/hidden";
import { Avatar } from "./Avatar";
import { joinable, named, useContacts } from "./contacts";

/** People one knows who listen somewhere, with the way to them; nothing while nobody does. Test ids: `listening-now`, `listening` (with `data-user-id`). */
export function ListeningNow() {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const contacts = useContacts();
  const hidden = useHidden((store) => store.ids);
  const [names, setNames] = useState<{ people: Map<Id, string>; rooms: Map<Id, string> }>({ people: new Map(), rooms: new Map() });
  const listening = useMemo(() => joinable(contacts, hidden), [contacts, hidden]);
  const asked = useRef(new Set<Id>());

  useEffect(() => {
    const people = listening.map(([id]) => id).filter((id) => !asked.current.has(id));
    const rooms = listening.map(([, { activity }]) => activity.room_id).filter((id) => !asked.current.has(id));
    if (!hub || people.length + rooms.length === 0) return;
    for (const id of [...people, ...rooms]) asked.current.add(id);
    named(hub, people, rooms).then(
      (found) => setNames((old) => ({ people: new Map([...old.people, ...found.people]), rooms: new Map([...old.rooms, ...found.rooms]) })),
      () => [...people, ...rooms].forEach((id) => asked.current.delete(id)),
    );
  }, [hub, listening]);

  const shown = listening.filter(([id, { activity }]) => names.people.has(id) && names.rooms.has(activity.room_id));
  if (shown.length === 0) return null;
  return (
    <>
      <div className="section-head">
        <h2>{t("status.contacts")}</h2>
      </div>
      <ul className="room-grid" data-testid="listening-now">
        {shown.map(([id, { activity, status }]) => {
          const name = names.people.get(id) ?? "";
          return (
            <li key={id}>
              <Link className="listening-card" to={`/room/${activity.room_id}`} data-testid="listening" data-user-id={id} aria-label={t("status.join", { name })}>
                <Avatar userId={id} name={name} size={40} status={status} />
                <span className="person-names">
                  <strong className="clip">{name}</strong>
                  <span className="clip faint small-text">
                    {activity.track_title ? `♪ ${activity.track_title} · ` : ""}
                    {names.rooms.get(activity.room_id)}
                  </span>
                </span>
                <span className="button small" aria-hidden="true">
                  {t("status.joinShort")}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </>
  );
}

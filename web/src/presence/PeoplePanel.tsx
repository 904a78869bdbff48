import type { Member, PresenceEntry } from "@veza/client";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tuneOf } from "../playback/drift";
import { DriftStrip, readingsOf } from "../playback/DriftStrip";
import { useSession } from "../account/session";
import { LeaveDialog } from "../room/LeaveDialog";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { Button } from "../shell/Button";
import { signedMs } from "../shell/format";
import { Icon } from "../shell/Icon";
import { useView } from "../shell/useView";
import { Avatar } from "./Avatar";
import { PersonMenu } from "./PersonMenu";

/**
 * Who is here and how well in time. Test ids: `presence-list`, `person` (with `data-user-id`,
 * `data-status`, `data-host`, `data-guest`), `person-drift`, `absent-list`, `leave-button`, and those of DriftStrip.
 */
export function PeoplePanel() {
  const { t } = useTranslation();
  const { player } = useRoom();
  const me = useMyId();
  const members = useRoomView((view) => view.members);
  const presence = useRoomView((view) => view.presence);
  const hostId = useRoomView((view) => view.hostId);
  const sync = useRoomView((view) => view.sync);
  const counts = useRoomView((view) => view.counts);
  const ownDriftMs = useView(player.view, (view) => view.driftMs);
  const room = useRoomView((view) => view.room);
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  const [leaving, setLeaving] = useState(false);
  const { here, absent } = useMemo(() => split(members, presence, hostId, me), [members, presence, hostId, me]);
  const drifts = new Map(readingsOf(sync, me, ownDriftMs).map((reading) => [reading.userId, reading.driftMs]));

  return (
    <div className="people">
      <header className="panel-head">
        <h2>{t("presence.title")}</h2>
        <span className="faint small-text numbers">{t("presence.here", { count: counts?.online ?? here.length })}</span>
      </header>
      <div className="panel-body">
        <DriftStrip />
        <ul className="person-list" data-testid="presence-list" aria-label={t("presence.title")}>
          {here.map((member) => (
            <Person key={member.user_id} member={member} entry={presence[member.user_id]} isHost={member.user_id === hostId} isMe={member.user_id === me} driftMs={drifts.get(member.user_id)} />
          ))}
        </ul>
        {absent.length > 0 && (
          <details className="absent">
            <summary>{t("presence.away", { count: absent.length })}</summary>
            <ul className="person-list" data-testid="absent-list">
              {absent.map((member) => (
                <Person key={member.user_id} member={member} entry={presence[member.user_id]} isHost={member.user_id === hostId} isMe={false} driftMs={undefined} />
              ))}
            </ul>
          </details>
        )}
        {room?.my && !isGuest && (
          <Button look="quiet" size="small" icon="signOut" className="leave" onClick={() => setLeaving(true)} data-testid="leave-button">
            {t("room.leave")}
          </Button>
        )}
        {room && leaving && <LeaveDialog room={room} onClose={() => setLeaving(false)} />}
      </div>
    </div>
  );
}

interface PersonProps {
  member: Member;
  entry: PresenceEntry | undefined;
  isHost: boolean;
  isMe: boolean;
  driftMs: number | undefined;
}

function Person({ member, entry, isHost, isMe, driftMs }: PersonProps) {
  const { t } = useTranslation();
  const status = entry?.status ?? "offline";
  const name = member.display_name || member.username;
  return (
    <li className="person" data-testid="person" data-user-id={member.user_id} data-status={status} data-host={isHost || undefined} data-guest={member.is_guest || undefined}>
      <Avatar userId={member.user_id} name={name} size={36} status={status} />
      <span className="person-names">
        <span className="clip">
          <strong>{name}</strong>
          {isMe && <span className="faint"> ({t("you")})</span>}
        </span>
        <span className="clip faint small-text">
          {isHost && (
            <span className="is-host">
              <Icon name="crown" className="inline" /> {t("presence.host")} ·{" "}
            </span>
          )}
          {member.is_guest && `${t("presence.guest")} · `}
          {t(`presence.status.${status}`)}
          {entry?.status_message && ` · ${entry.status_message}`}
        </span>
      </span>
      {driftMs !== undefined && (
        <span className={`drift numbers ${tuneOf(driftMs)}`} data-testid="person-drift" data-drift-ms={driftMs.toFixed(1)}>
          {signedMs(driftMs)}
        </span>
      )}
      <PersonMenu member={member} />
    </li>
  );
}

/** Host first, then oneself, then by name; those who are not here apart. */
function split(members: Record<string, Member>, presence: Record<string, PresenceEntry>, hostId: string | null, me: string): { here: Member[]; absent: Member[] } {
  const weight = (member: Member) => (member.user_id === hostId ? 0 : member.user_id === me ? 1 : 2);
  const joined = Object.values(members)
    .filter((member) => member.state === "joined")
    .sort((a, b) => weight(a) - weight(b) || a.display_name.localeCompare(b.display_name));
  const isHere = (member: Member) => member.user_id === me || (presence[member.user_id]?.status ?? "offline") !== "offline";
  return { here: joined.filter(isHere), absent: joined.filter((member) => !isHere(member)) };
}

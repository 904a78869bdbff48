import type { Activity, Member, PresenceEntry } from "@veza/client";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { tuneOf } from "../playback/drift";
import { DriftStrip, readingsOf } from "../playback/DriftStrip";
import { useSession } from "../account/session";
import { useHidden } from "../chat/hidden";
import { currentLocale } from "../i18n";
import { LeaveDialog } from "../room/LeaveDialog";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { Button } from "../shell/Button";
import { agoInWords, signedMs } from "../shell/format";
import { Icon } from "../shell/Icon";
import { useView } from "../shell/useView";
import { Avatar } from "./Avatar";
import { useLastSeen } from "./lastSeen";
import { choiceOf, useMine } from "./mine";
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
  const hidden = useHidden((store) => store.ids);
  const [isOpen, setIsOpen] = useState(false);
  const { here, absent } = useMemo(() => split(members, presence, hostId, me, hidden), [members, presence, hostId, me, hidden]);
  const lastSeen = useLastSeen(absent, isOpen);
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
          <details className="absent" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
            <summary>{t("presence.away", { count: absent.length })}</summary>
            <ul className="person-list" data-testid="absent-list">
              {absent.map((member) => (
                <Person key={member.user_id} member={member} entry={undefined} isHost={member.user_id === hostId} isMe={false} driftMs={undefined} lastSeen={lastSeen.get(member.user_id)} />
              ))}
            </ul>
          </details>
        )}
        {room?.my && !isGuest && room.my.role !== "owner" && room.type !== "dm" && (
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
  lastSeen?: string | null | undefined;
}

function Person({ member, entry, isHost, isMe, driftMs, lastSeen }: PersonProps) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const hides = useMine((store) => store.chosen !== null && choiceOf(store.chosen) === "invisible");
  const status = entry?.status ?? "offline";
  const elsewhere = !isMe && status !== "offline" && entry?.activity?.room_id && entry.activity.room_id !== roomId ? entry.activity : null;
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
          {isMe && hides ? t("status.choices.invisible.name") : t(`presence.status.${status}`)}
          {status === "offline" && !isMe && lastSeen && ` · ${t("status.lastSeenAt", { when: agoInWords(lastSeen, currentLocale()) })}`}
          {entry?.status_message && ` · ${entry.status_message}`}
        </span>
        {elsewhere && <Elsewhere activity={elsewhere} name={name} />}
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

/** What somebody listens to in another room, and the way there. Test ids: `person-activity`, `join-person`. */
function Elsewhere({ activity, name }: { activity: Activity; name: string }) {
  const { t } = useTranslation();
  return (
    <span className="person-activity" data-testid="person-activity">
      <span className="clip">♪ {activity.track_title ? t("status.listening", { title: activity.track_title }) : t("status.listeningIn")}</span>
      <Link to={`/room/${activity.room_id ?? ""}`} aria-label={t("status.join", { name })} data-testid="join-person">
        {t("status.joinShort")}
      </Link>
    </span>
  );
}

/** Host first, then oneself, then by name; those who are not here apart. */
function split(members: Record<string, Member>, presence: Record<string, PresenceEntry>, hostId: string | null, me: string, hidden: ReadonlySet<string>): { here: Member[]; absent: Member[] } {
  const weight = (member: Member) => (member.user_id === hostId ? 0 : member.user_id === me ? 1 : 2);
  const joined = Object.values(members)
    .filter((member) => member.state === "joined")
    .sort((a, b) => weight(a) - weight(b) || a.display_name.localeCompare(b.display_name));
  // Who has blocked whom does not see the other come and go.
  const isHere = (member: Member) => member.user_id === me || (!hidden.has(member.user_id) && (presence[member.user_id]?.status ?? "offline") !== "offline");
  return { here: joined.filter(isHere), absent: joined.filter((member) => !isHere(member)) };
}

import type { Member, Role } from "@veza/client";
import { useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../../account/hub";
import { currentLocale } from "../../i18n";
import { Avatar } from "../../presence/Avatar";
import { PersonMenu } from "../../presence/PersonMenu";
import { Button } from "../../shell/Button";
import { Dialog } from "../../shell/Dialog";
import { dateAndTime } from "../../shell/format";
import { complain } from "../../shell/toasts";
import { useHeld } from "../../shell/useHeld";
import { useMyId, useRoom, useRoomView } from "../useRoom";
import { BansPart } from "./BansPart";
import { isForGood, isMuted, membersShown, rolesToGive } from "./members";

const PAGE = 100;

/**
 * Members with their roles and mutes, and who is banned. Test ids: `find-member`, `only-muted`, `member` (with
 * `data-user-id`, `data-muted`), `member-role`, `hand-over`, and those of PersonMenu and BansPart.
 */
export function PeopleSection({ myRole }: { myRole: Role }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const hub = useHub((state) => state.hub);
  const known = useRoomView((view) => view.members);
  const count = useRoomView((view) => view.room?.member_count ?? 0);
  const [listed, setListed] = useState<Record<string, Member>>({});
  const [cursor, setCursor] = useState<string | null>("");
  const [busy, setBusy] = useState(false);
  const [words, setWords] = useState("");
  const [onlyMuted, setOnlyMuted] = useState(false);
  const [heir, setHeir] = useState<Member | null>(null);
  const id = useId();
  const all = useMemo(() => ({ ...listed, ...known }), [listed, known]);
  const members = useMemo(() => membersShown(all, words, onlyMuted), [all, words, onlyMuted]);
  const mutedCount = useMemo(() => Object.values(all).filter((member) => isMuted(member)).length, [all]);
  const hasMore = cursor !== null && count > Object.keys(all).length;

  async function more() {
    if (!hub) return;
    setBusy(true);
    try {
      const page = await hub.connection.request("member:list", { room_id: roomId, limit: PAGE, ...(cursor ? { cursor } : {}) });
      setListed((old) => ({ ...old, ...Object.fromEntries(page.members.map((member) => [member.user_id, member])) }));
      setCursor(page.next_cursor);
    } catch (error) {
      complain(t("more"), error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <div className="manage-find">
        <input id={id} className="input" type="search" aria-label={t("manage.people.find")} placeholder={t("manage.people.find")} value={words} onChange={(event) => setWords(event.target.value)} data-testid="find-member" />
        {(mutedCount > 0 || onlyMuted) && (
          <Button size="small" icon="muted" aria-pressed={onlyMuted} className="filter" onClick={() => setOnlyMuted(!onlyMuted)} data-testid="only-muted">
            {t("manage.people.onlyMuted", { count: mutedCount })}
          </Button>
        )}
      </div>
      {members.length === 0 && <p className="faint">{t("manage.people.nobody")}</p>}
      <ul className="rows" aria-label={t("manage.sections.people")}>
        {members.map((member) => (
          <MemberRow key={member.user_id} member={member} myRole={myRole} onHandOver={() => setHeir(member)} />
        ))}
      </ul>
      {hasMore && (
        <Button busy={busy} onClick={() => void more()} data-testid="more">
          {t("more")}
        </Button>
      )}
      <BansPart />
      {heir && <HandOverDialog member={heir} onClose={() => setHeir(null)} />}
    </>
  );
}

function MemberRow({ member, myRole, onHandOver }: { member: Member; myRole: Role; onHandOver: () => void }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const me = useMyId();
  const hub = useHub((state) => state.hub);
  const name = member.display_name || member.username;
  const held = useHeld(member.role);
  const roles = member.user_id === me ? [] : rolesToGive(myRole, member);

  function give(role: Role) {
    if (role === "owner") onHandOver();
    else if (hub) held.hold(role, () => hub.connection.request("member:update", { room_id: roomId, user_id: member.user_id, role })).catch((error: unknown) => complain(t("manage.people.role", { name }), error));
  }

  return (
    <li className="row" data-testid="member" data-user-id={member.user_id} data-muted={isMuted(member) || undefined}>
      <Avatar userId={member.user_id} name={name} size={34} />
      <span className="row-names">
        <span className="clip">
          <strong>{name}</strong> {member.user_id === me && <span className="faint">({t("you")})</span>}
        </span>
        <span className="faint clip">
          {member.is_guest ? t("presence.guest") : `@${member.username}`}
          {isMuted(member) && (
            <span className="is-muted">
              {" · "}
              {isForGood(member.muted_until) ? t("manage.people.mutedForGood") : t("manage.people.muted", { date: dateAndTime(member.muted_until ?? "", currentLocale()) })}
            </span>
          )}
        </span>
      </span>
      <span className="row-actions">
        {roles.length > 0 ? (
          <select className="input small" aria-label={t("manage.people.role", { name })} value={held.shown} onChange={(event) => give(event.target.value as Role)} data-testid="member-role">
            {roles.map((role) => (
              <option key={role} value={role}>
                {t(`manage.people.roles.${role}`)}
              </option>
            ))}
          </select>
        ) : (
          <span className="pill">{t(`manage.people.roles.${member.role}`)}</span>
        )}
        <PersonMenu member={member} />
      </span>
    </li>
  );
}

function HandOverDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const hub = useHub((state) => state.hub);
  const [busy, setBusy] = useState(false);
  const name = member.display_name || member.username;

  async function handOver() {
    setBusy(true);
    try {
      await hub?.connection.request("member:update", { room_id: roomId, user_id: member.user_id, role: "owner" });
      onClose();
    } catch (error) {
      complain(t("manage.people.handOverDo"), error);
      setBusy(false);
    }
  }

  return (
    <Dialog title={t("manage.people.handOver", { name })} onClose={onClose}>
      <p>{t("manage.people.handOverHint", { name })}</p>
      <div className="dialog-actions">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button look="primary" busy={busy} onClick={() => void handOver()} data-testid="hand-over">
          {t("manage.people.handOverDo")}
        </Button>
      </div>
    </Dialog>
  );
}

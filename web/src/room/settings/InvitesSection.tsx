import { HubError, type OpenInvite } from "@veza/client";
import { useCallback, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../../account/hub";
import { currentLocale } from "../../i18n";
import { Button, IconButton } from "../../shell/Button";
import { copyText } from "../../shell/clipboard";
import { Field } from "../../shell/Field";
import { dateAndTime, spanInWords } from "../../shell/format";
import { PagedList } from "../../shell/PagedList";
import { Select } from "../../shell/Select";
import { complain, useToasts } from "../../shell/toasts";
import { usePages } from "../../shell/usePages";
import { shareableUrl } from "../invitation";
import { useRoom, useRoomView } from "../useRoom";

const SPANS_S = [3_600, 86_400, 604_800, 2_592_000];

/** Links that let somebody in. Test ids: `invite`, `invite-span`, `invite-uses`, `invite-create`, `invite-copy-link`, `invite-revoke`. */
export function InvitesSection() {
  const { t } = useTranslation();
  const { roomId, state } = useRoom();
  const hub = useHub((store) => store.hub);
  const members = useRoomView((view) => view.members);
  const [span, setSpan] = useState("604800");
  const [uses, setUses] = useState("");
  const [busy, setBusy] = useState(false);
  const language = currentLocale();
  const load = useCallback(async () => {
    if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
    const { invites } = await hub.connection.request("invite:list", { room_id: roomId });
    return { items: invites, next: null };
  }, [hub, roomId]);
  const pages = usePages(load);

  async function create(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      const made = await state.invite({ expiresInS: Number(span), ...(uses ? { maxUses: Number(uses) } : {}) });
      await copy(shareableUrl(made));
      setUses("");
      pages.reload();
    } catch (error) {
      complain(t("manage.invites.create"), error);
    } finally {
      setBusy(false);
    }
  }

  async function copy(url: string) {
    const worked = await copyText(url);
    useToasts.getState().show(worked ? { look: "good", title: t("room.copied") } : { look: "plain", title: url });
  }

  async function revoke(invite: OpenInvite) {
    try {
      await hub?.connection.request("invite:revoke", { room_id: roomId, token: invite.token });
      pages.change((invites) => invites.filter(({ id }) => id !== invite.id));
      useToasts.getState().show({ look: "good", title: t("manage.invites.revoked") });
    } catch (error) {
      complain(t("manage.invites.revoke"), error);
    }
  }

  return (
    <>
      <form className="invite-form" onSubmit={(event) => void create(event)}>
        <Select label={t("manage.invites.lasts")} options={SPANS_S.map((each) => ({ value: String(each), label: spanInWords(each, language) }))} value={span} onPick={setSpan} data-testid="invite-span" />
        <Field label={t("manage.invites.uses")} type="number" inputMode="numeric" min={1} max={100000} placeholder="∞" title={t("manage.invites.usesHint")} value={uses} onChange={(event) => setUses(event.target.value)} data-testid="invite-uses" />
        <Button type="submit" look="primary" icon="plus" busy={busy} data-testid="invite-create">
          {t("manage.invites.create")}
        </Button>
      </form>
      <section className="part">
        <p className="soft small-text">{t("manage.invites.lead")}</p>
        <PagedList
          pages={pages}
          label={t("manage.sections.invites")}
          empty={t("manage.invites.none")}
          row={(invite) => {
            const inviter = members[invite.inviter_id];
            return (
              <li key={invite.id} className="row" data-testid="invite">
                <span className="row-names">
                  <strong className="clip numbers">…{invite.token.slice(-8)}</strong>
                  <span className="faint">
                    {invite.invitee_id ? t("manage.invites.forOne") : invite.max_uses ? t("manage.invites.usedOf", { uses: invite.uses, most: invite.max_uses }) : t("manage.invites.used", { count: invite.uses })}
                    {", "}
                    {t("manage.invites.until", { date: dateAndTime(invite.expires_at, language) })}
                    {inviter && `, ${t("manage.people.bannedBy", { name: inviter.display_name || inviter.username })}`}
                  </span>
                </span>
                <span className="row-actions">
                  <IconButton size="small" icon="link" label={t("manage.invites.copy")} onClick={() => void copy(`${window.location.origin}/join/${invite.token}`)} data-testid="invite-copy-link" />
                  <Button size="small" look="danger" onClick={() => void revoke(invite)} data-testid="invite-revoke">
                    {t("manage.invites.revoke")}
                  </Button>
                </span>
              </li>
            );
          }}
        />
      </section>
    </>
  );
}

import type { Ban } from "@veza/client";
import { HubError } from "@veza/client";
import { useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../../account/hub";
import { currentLocale } from "../../i18n";
import { Avatar } from "../../presence/Avatar";
import { Button } from "../../shell/Button";
import { dateAndTime } from "../../shell/format";
import { PagedList } from "../../shell/PagedList";
import { complain, useToasts } from "../../shell/toasts";
import { usePages } from "../../shell/usePages";
import { useRoom, useRoomView } from "../useRoom";

const PAGE = 30;

/** Who is kept out. Test ids: `bans`, `ban` (with `data-user-id`), `ban-lift`. */
export function BansPart() {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const hub = useHub((state) => state.hub);
  const load = useCallback(
    async (cursor: string | null) => {
      if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
      const page = await hub.connection.request("ban:list", { room_id: roomId, limit: PAGE, ...(cursor ? { cursor } : {}) });
      return { items: page.bans, next: page.next_cursor };
    },
    [hub, roomId],
  );
  const pages = usePages(load);

  // Somebody left: he may have been banned, here or by another moderator.
  const count = useRoomView((view) => view.room?.member_count);
  const counted = useRef(count);
  const { reload } = pages;
  useEffect(() => {
    if (counted.current === count) return;
    counted.current = count;
    reload();
  }, [count, reload]);

  async function lift(ban: Ban) {
    const name = ban.display_name || ban.username;
    try {
      await hub?.connection.request("member:unban", { room_id: roomId, user_id: ban.user_id });
      pages.change((bans) => bans.filter(({ user_id }) => user_id !== ban.user_id));
      useToasts.getState().show({ look: "good", title: t("manage.people.lifted", { name }) });
    } catch (error) {
      complain(t("manage.people.lift"), error);
    }
  }

  return (
    <section className="part" data-testid="bans">
      <div className="part-head">
        <h3>{t("manage.people.bans")}</h3>
      </div>
      <PagedList
        pages={pages}
        label={t("manage.people.bans")}
        empty={t("manage.people.noBans")}
        row={(ban) => (
          <li key={ban.user_id} className="row" data-testid="ban" data-user-id={ban.user_id}>
            <Avatar userId={ban.user_id} name={ban.display_name || ban.username} size={34} />
            <span className="row-names">
              <strong className="clip">{ban.display_name || ban.username}</strong>
              <span className="faint">
                {ban.until ? t("manage.people.bannedUntil", { date: dateAndTime(ban.until, currentLocale()) }) : t("manage.people.bannedForGood")}
                {ban.by_name && `, ${t("manage.people.bannedBy", { name: ban.by_name })}`}
              </span>
              {ban.reason && <span className="soft">{t("manage.log.reason", { reason: ban.reason })}</span>}
            </span>
            <span className="row-actions">
              <Button size="small" onClick={() => void lift(ban)} data-testid="ban-lift">
                {t("manage.people.lift")}
              </Button>
            </span>
          </li>
        )}
      />
    </section>
  );
}

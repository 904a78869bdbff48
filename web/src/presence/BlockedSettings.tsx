import type { BlockList } from "@veza/client";
import { HubError } from "@veza/client";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { block } from "../chat/hidden";
import { Button } from "../shell/Button";
import { PagedList } from "../shell/PagedList";
import { complain } from "../shell/toasts";
import { usePages } from "../shell/usePages";
import { Avatar } from "./Avatar";

type Blocked = BlockList["blocked"][number];

/** Whom one has blocked. Test ids: `blocked`, `blocked-person` (with `data-user-id`), `unblock`. */
export function BlockedSettings() {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const load = useCallback(async () => {
    if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
    const { blocked } = await hub.connection.request("user:blocks", {});
    return { items: blocked, next: null };
  }, [hub]);
  const pages = usePages<Blocked>(load);

  async function unblock(person: Blocked) {
    try {
      await block(person.user_id, false);
      pages.change((people) => people.filter(({ user_id }) => user_id !== person.user_id));
    } catch (error) {
      complain(t("blocked.unblock"), error);
    }
  }

  return (
    <>
      <p className="soft small-text">{t("blocked.lead")}</p>
      <PagedList
        pages={pages}
        label={t("mySettings.sections.privacy")}
        empty={t("blocked.none")}
        testId="blocked"
        row={(person) => {
          const name = person.display_name || person.username;
          return (
            <li key={person.user_id} className="row" data-testid="blocked-person" data-user-id={person.user_id}>
              <Avatar userId={person.user_id} name={name} size={34} />
              <span className="row-names">
                <strong className="clip">{name}</strong>
                <span className="faint clip">@{person.username}</span>
              </span>
              <span className="row-actions">
                <Button size="small" onClick={() => void unblock(person)} data-testid="unblock">
                  {t("blocked.unblock")}
                </Button>
              </span>
            </li>
          );
        }}
      />
    </>
  );
}

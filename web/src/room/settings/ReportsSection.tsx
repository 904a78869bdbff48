import { HubError, type Id, type Report } from "@veza/client";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { onUserEvent, useHub } from "../../account/hub";
import { PagedList } from "../../shell/PagedList";
import { Toggle } from "../../shell/Toggle";
import { usePages } from "../../shell/usePages";
import { ReportRow } from "./ReportRow";

const PAGE = 30;

/**
 * What was reported: in a room, or with `roomId` null what the hub's own moderators look at. Test ids: `reports`,
 * `reports-all`, and those of ReportRow.
 */
export function ReportsSection({ roomId }: { roomId: Id | null }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [all, setAll] = useState(false);
  const load = useCallback(
    async (cursor: string | null) => {
      if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
      const page = await hub.connection.request("report:list", { limit: PAGE, ...(roomId ? { room_id: roomId } : {}), ...(cursor ? { cursor } : {}) });
      return { items: page.reports, next: page.next_cursor };
    },
    [hub, roomId],
  );
  const pages = usePages(load);
  const { reload, change } = pages;
  useEffect(() => onUserEvent((event, data) => event === "notification:created" && (data as { notification: { type: string } }).notification.type === "report" && reload()), [reload]);
  const shown = useMemo(() => (all ? pages : { ...pages, items: pages.items.filter(({ status }) => status === "pending") }), [all, pages]);
  const settled = (report: Report) => change((reports) => reports.map((each) => (each.id === report.id ? report : each)));

  return (
    <>
      <p className="soft small-text">{t(roomId ? "manage.reports.lead" : "manage.reports.leadHub")}</p>
      {pages.items.length > 0 && <Toggle label={t("manage.reports.all")} checked={all} onToggle={setAll} testId="reports-all" />}
      <PagedList
        pages={shown}
        label={t("manage.sections.reports")}
        empty={t(pages.items.length > 0 ? "manage.reports.noneOpen" : "manage.reports.none")}
        row={(report) => <ReportRow key={report.id} report={report} roomId={roomId} onSettled={settled} />}
        testId="reports"
      />
    </>
  );
}

import { HubError, type Measure } from "@veza/client";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../../account/hub";
import { currentLocale } from "../../i18n";
import { dateAndTime, dayName, timeOfDay } from "../../shell/format";
import { PagedList } from "../../shell/PagedList";
import { usePages } from "../../shell/usePages";
import { useRoom } from "../useRoom";
import { detailOf, sayMeasure } from "./measures";

const PAGE = 30;

/** What was done to keep order, newest first. Test ids: `log`, `measure` (with `data-action`), `more`. */
export function LogSection() {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const hub = useHub((state) => state.hub);
  const load = useCallback(
    async (cursor: string | null) => {
      if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
      const page = await hub.connection.request("moderation:list", { room_id: roomId, limit: PAGE, ...(cursor ? { cursor } : {}) });
      return { items: page.measures, next: page.next_cursor };
    },
    [hub, roomId],
  );
  const pages = usePages(load);
  return (
    <>
      <p className="soft small-text">{t("manage.log.lead")}</p>
      <PagedList pages={pages} label={t("manage.sections.log")} empty={t("manage.log.none")} row={(measure) => <MeasureRow key={measure.id} measure={measure} />} testId="log" />
    </>
  );
}

function MeasureRow({ measure }: { measure: Measure }) {
  const { t } = useTranslation();
  const language = currentLocale();
  const { reason, said } = detailOf(measure);
  return (
    <li className="row measure" data-testid="measure" data-action={measure.action}>
      <span className="row-names">
        <span>
          <strong>{sayMeasure(measure)}</strong>
          {measure.until && <span className="soft"> {t("manage.log.until", { date: dateAndTime(measure.until, language) })}</span>}
        </span>
        {reason && <span className="soft">{reason}</span>}
      </span>
      <time className="faint small-text numbers" dateTime={measure.created_at}>
        {dayName(measure.created_at, language)} {timeOfDay(measure.created_at, language)}
      </time>
      {said && <p className="row-wide quoted">{said}</p>}
    </li>
  );
}

import { uuidv7, type Id, type Message, type Report } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../../account/session";
import { useHub } from "../../account/hub";
import { readReason } from "../../chat/reportReason";
import { currentLocale } from "../../i18n";
import { MeasureDialog, type MeasureName } from "../../presence/MeasureDialog";
import { Button } from "../../shell/Button";
import { agoInWords, dateAndTime } from "../../shell/format";
import { Menu, type MenuItem } from "../../shell/Menu";
import { complain, useToasts } from "../../shell/toasts";

const LOOKS = { pending: "fair", resolved: "good", dismissed: "" } as const;

/**
 * One report, and what to do about it. Test ids: `report` (with `data-status`, `data-kind`), `report-show`,
 * `report-text`, `report-resolve`, `report-dismiss`, `report-menu`, `menu-{delete|mute|kick|ban}`.
 */
export function ReportRow({ report, roomId, onSettled }: { report: Report; roomId: Id | null; onSettled: (report: Report) => void }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const me = useSession((session) => session.user);
  const [busy, setBusy] = useState<"resolved" | "dismissed" | null>(null);
  const [measure, setMeasure] = useState<MeasureName | null>(null);
  const language = currentLocale();
  const reported = report.reported ?? t("manage.reports.somebody");
  const { reason, more } = readReason(report.reason);
  const isOpen = report.status === "pending";
  const { content_type: kind, content_name: title } = report;
  const about = title && kind !== "message" && kind !== "user" ? t(`manage.reports.named.${kind}`, { title, name: reported }) : t(`manage.reports.about.${kind}`, { name: reported });

  async function settle(status: "resolved" | "dismissed") {
    setBusy(status);
    try {
      await hub?.connection.request("report:resolve", { report_id: report.id, status, ...(roomId ? { room_id: roomId } : {}) });
      onSettled({ ...report, status, resolved_by: me?.username ?? null });
    } catch (error) {
      complain(t("manage.sections.reports"), error);
    } finally {
      setBusy(null);
    }
  }

  const items: MenuItem[] = [];
  if (roomId && report.content_type === "message") {
    const remove = () => hub?.connection.request("message:delete", { message_id: report.content_id, op_id: uuidv7() });
    items.push({
      key: "delete",
      label: t("manage.reports.deleteMessage"),
      danger: true,
      run: () =>
        void remove()
          ?.then(() => useToasts.getState().show({ look: "good", title: t("manage.reports.deleted") }))
          .catch((error: unknown) => complain(t("manage.reports.deleteMessage"), error)),
    });
  }
  if (roomId && report.reported_user_id && report.reported_user_id !== me?.id) {
    for (const each of ["mute", "kick", "ban"] as const) items.push({ key: each, label: t(`measure.${each}.title`, { name: reported }), danger: each !== "mute", run: () => setMeasure(each) });
  }

  return (
    <li className="row report" data-testid="report" data-status={report.status} data-kind={report.content_type}>
      <span className="row-names">
        <strong>{about}</strong>
        <span className="faint">
          {t("manage.reports.by", { name: report.reporter ?? t("manage.reports.somebody") })}, <time dateTime={report.created_at} title={dateAndTime(report.created_at, language)}>{agoInWords(report.created_at, language)}</time>
        </span>
      </span>
      <span className={`pill ${LOOKS[report.status]}`}>
        {t(`manage.reports.statuses.${report.status}`)}
        {!isOpen && report.resolved_by && ` ${t("manage.reports.settledBy", { name: report.resolved_by })}`}
      </span>
      <div className="row-wide pills">{reason && <span className="pill bad">{reason}</span>}</div>
      {more && <p className="row-wide quoted">{more}</p>}
      {report.content_type === "message" && roomId && <ReportedMessage messageId={report.content_id} />}
      {isOpen && (
        <span className="row-actions">
          <Button size="small" look="primary" icon="check" busy={busy === "resolved"} onClick={() => void settle("resolved")} data-testid="report-resolve">
            {t("manage.reports.resolve")}
          </Button>
          <Button size="small" busy={busy === "dismissed"} onClick={() => void settle("dismissed")} data-testid="report-dismiss">
            {t("manage.reports.dismiss")}
          </Button>
          {items.length > 0 && <Menu icon="more" label={t("presence.actions", { name: reported })} items={items} testId="report-menu" />}
        </span>
      )}
      {measure && roomId && report.reported_user_id && <MeasureDialog measure={measure} roomId={roomId} userId={report.reported_user_id} name={reported} onClose={() => setMeasure(null)} />}
    </li>
  );
}

/** What was said, read when asked for. */
function ReportedMessage({ messageId }: { messageId: Id }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [message, setMessage] = useState<Message | "gone" | null>(null);
  const [busy, setBusy] = useState(false);

  async function show() {
    setBusy(true);
    try {
      setMessage((await hub?.connection.request("message:get", { message_id: messageId })) ?? null);
    } catch {
      setMessage("gone");
    } finally {
      setBusy(false);
    }
  }

  if (message === null) {
    return (
      <Button size="small" look="quiet" icon="chat" busy={busy} onClick={() => void show()} data-testid="report-show">
        {t("manage.reports.show")}
      </Button>
    );
  }
  const isGone = message === "gone" || message.is_deleted;
  return (
    <blockquote className="row-wide quoted" data-testid="report-text">
      {isGone ? <em>{t("manage.reports.gone")}</em> : message.content || message.attachments?.map(({ filename }) => filename).join(", ")}
    </blockquote>
  );
}

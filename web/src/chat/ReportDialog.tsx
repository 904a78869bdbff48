import { HubError, type Id } from "@veza/client";
import { useId, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { ProblemNote } from "../shell/ProblemNote";
import { useToasts } from "../shell/toasts";
import { reasonText, REASONS, type Reason } from "./reportReason";

/** What is reported: a message, a person as met in a room (or outside of one), a room. */
export type Reported = { kind: "message"; id: Id; name: string } | { kind: "user"; id: Id; name: string; roomId?: Id } | { kind: "room"; id: Id; name: string };

/**
 * Asks what is wrong, and says who will look at it. Test ids: `report-dialog`, `report-reason-{reason}`,
 * `report-more`, `report-send`.
 */
export function ReportDialog({ reported, onClose }: { reported: Reported; onClose: () => void }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [reason, setReason] = useState<Reason>("spam");
  const [more, setMore] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const id = useId();
  const toRoom = reported.kind === "message" || (reported.kind === "user" && Boolean(reported.roomId));

  async function send(event: FormEvent) {
    event.preventDefault();
    const missing = reason === "other" && !more.trim();
    setIsMissing(missing);
    if (missing) return;
    setBusy(true);
    setError(null);
    try {
      if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
      const where = reported.kind === "user" && reported.roomId ? { room_id: reported.roomId } : {};
      await hub.connection.request("report:create", { content_type: reported.kind, content_id: reported.id, reason: reasonText(reason, more), ...where });
      useToasts.getState().show({ look: "good", title: t("report.sent") });
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <Dialog title={t(`report.title.${reported.kind}`, { name: reported.name })} onClose={onClose} testId="report-dialog">
      <form className="stack" onSubmit={(event) => void send(event)}>
        <p className="soft">{t(toRoom ? "report.toRoom" : "report.toHub", { name: reported.name })}</p>
        <fieldset className="choices report-reasons">
          <legend>{t("report.why")}</legend>
          {REASONS.map((each, index) => (
            <label key={each} className="choice">
              <input type="radio" name={`${id}-why`} checked={reason === each} onChange={() => setReason(each)} data-first={index === 0 || undefined} data-testid={`report-reason-${each}`} />
              <span>
                <strong>{t(`report.reasons.${each}`)}</strong>
              </span>
            </label>
          ))}
        </fieldset>
        <div className="field">
          <label htmlFor={`${id}-more`}>{t("report.more")}</label>
          <textarea
            id={`${id}-more`}
            className="input"
            rows={3}
            maxLength={900}
            value={more}
            aria-invalid={isMissing || undefined}
            aria-describedby={`${id}-note`}
            onChange={(event) => {
              setMore(event.target.value);
              setIsMissing(false);
            }}
            data-testid="report-more"
          />
          <span id={`${id}-note`} className={isMissing ? "wrong" : "hint"} role={isMissing ? "alert" : undefined}>
            {t(isMissing ? "report.moreNeeded" : "report.moreHint")}
          </span>
        </div>
        <ProblemNote error={error} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" look="primary" busy={busy} data-testid="report-send">
            {t("report.send")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

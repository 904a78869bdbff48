import { HubError, type Id } from "@veza/client";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { currentLocale } from "../i18n";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { Field } from "../shell/Field";
import { spanInWords } from "../shell/format";
import { ProblemNote } from "../shell/ProblemNote";
import { Select } from "../shell/Select";
import { useToasts } from "../shell/toasts";

export type MeasureName = "mute" | "kick" | "ban";

const EVENTS = { mute: "member:mute", kick: "member:remove", ban: "member:ban" } as const;
const SPANS_S = [600, 3_600, 86_400, 604_800, 2_592_000];
const FOR_GOOD = "";
const FIRST = { mute: "600", kick: FOR_GOOD, ban: FOR_GOOD };

/**
 * Asks for how long and why, then does it. Test ids: `measure-dialog`, `measure-span`, `measure-reason`,
 * `measure-do`.
 */
export function MeasureDialog({ measure, roomId, userId, name, onClose, onDone }: { measure: MeasureName; roomId: Id; userId: Id; name: string; onClose: () => void; onDone?: () => void }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [span, setSpan] = useState<string>(FIRST[measure]);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const language = currentLocale();

  async function act(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
      const why = reason.trim() ? { reason: reason.trim() } : {};
      const until = span && measure !== "kick" ? { duration_s: Number(span) } : {};
      await hub.connection.request(EVENTS[measure], { room_id: roomId, user_id: userId, ...why, ...until });
      useToasts.getState().show({ look: "good", title: t(`measure.${measure}.done`, { name }) });
      onDone?.();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <Dialog title={t(`measure.${measure}.title`, { name })} onClose={onClose} testId="measure-dialog">
      <form className="stack" onSubmit={(event) => void act(event)}>
        <p className="soft">{t(`measure.${measure}.lead`, { name })}</p>
        {measure !== "kick" && (
          <Select
            label={t("measure.lasts")}
            options={[...SPANS_S.map((each) => ({ value: String(each), label: spanInWords(each, language) })), { value: FOR_GOOD, label: t("measure.forGood") }]}
            value={span}
            onPick={setSpan}
            data-testid="measure-span"
          />
        )}
        <Field label={t("measure.reason")} hint={t("measure.reasonHint", { name })} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} data-first data-testid="measure-reason" />
        <ProblemNote error={error} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" look={measure === "mute" ? "primary" : "danger"} busy={busy} data-testid="measure-do">
            {t(`measure.${measure}.do`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

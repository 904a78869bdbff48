import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { currentLocale } from "../i18n";
import { useSaving } from "../room/settings/useSaving";
import { Button } from "../shell/Button";
import { Field } from "../shell/Field";
import { dateAndTime, spanInWords } from "../shell/format";
import { ProblemNote } from "../shell/ProblemNote";
import { Select } from "../shell/Select";
import { complain } from "../shell/toasts";
import { Toggle } from "../shell/Toggle";
import { AFTER_S, endOf, type Expiry } from "./expiry";
import { choiceOf, choose, isOver, loadMine, showLastSeen, useMine, type StatusChoice } from "./mine";
import { setSharing, useSharing } from "./sharing";

const CHOICES: readonly StatusChoice[] = ["online", "away", "busy", "invisible"];

/**
 * What others see of oneself. Test ids: `status-{choice}`, `status-message`, `status-expiry`, `status-save`,
 * `status-saved`, `share-activity`, `show-last-seen`.
 */
export function StatusSettings() {
  const { t } = useTranslation();
  const chosen = useMine((store) => store.chosen);
  const showsLastSeen = useMine((store) => store.showsLastSeen);
  const isSharing = useSharing((store) => store.on);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    let gone = false;
    loadMine().catch((failure: unknown) => !gone && setError(failure));
    return () => {
      gone = true;
    };
  }, []);

  return (
    <>
      <ProblemNote error={error} />
      {!chosen && !error && <div className="skeleton row" role="status" aria-label={t("loading")} />}
      {chosen && <StatusForm key={`${chosen.status} ${chosen.invisible}`} />}
      <section className="part">
        <Toggle label={t("status.share")} hint={t("status.shareHint")} checked={isSharing} onToggle={setSharing} testId="share-activity" />
        <Toggle
          label={t("status.lastSeen")}
          hint={t("status.lastSeenHint")}
          checked={showsLastSeen ?? true}
          disabled={showsLastSeen === null}
          onToggle={(show) => void showLastSeen(show).catch((failure: unknown) => complain(t("status.lastSeen"), failure))}
          testId="show-last-seen"
        />
      </section>
    </>
  );
}

function StatusForm() {
  const { t } = useTranslation();
  const chosen = useMine((store) => store.chosen);
  const now = Date.now();
  const over = chosen ? isOver(chosen, now) : false;
  const keptMs = over ? null : (chosen?.status_expires_at_ms ?? null);
  const [choice, setChoice] = useState<StatusChoice>(chosen ? (over && !chosen.invisible ? "online" : choiceOf(chosen)) : "online");
  const [message, setMessage] = useState(over ? "" : (chosen?.status_message ?? ""));
  const [expiry, setExpiry] = useState<Expiry>(keptMs === null ? "never" : "kept");
  const saving = useSaving();
  const language = currentLocale();
  const canEnd = Boolean(message.trim()) || choice === "away" || choice === "busy";

  function save(event: FormEvent) {
    event.preventDefault();
    saving.run(() => choose(choice, message, canEnd ? endOf(expiry, new Date(), keptMs) : null));
  }

  const ends: { value: Expiry; label: string }[] = [
    ...(keptMs === null ? [] : [{ value: "kept" as const, label: t("status.until", { date: dateAndTime(new Date(keptMs).toISOString(), language) }) }]),
    { value: "never", label: t("status.never") },
    ...AFTER_S.map((seconds) => ({ value: `${seconds}` as const, label: t("status.after", { span: spanInWords(seconds, language) }) })),
    { value: "today", label: t("status.today") },
  ];

  return (
    <form className="stack" onSubmit={save}>
      <fieldset className="choices status-choices">
        <legend>{t("status.title")}</legend>
        {CHOICES.map((each) => (
          <label key={each} className="choice">
            <input type="radio" name="status" checked={choice === each} onChange={() => setChoice(each)} data-testid={`status-${each}`} />
            <span>
              <strong>
                <i className="status-dot" data-status={each} aria-hidden="true" /> {t(`status.choices.${each}.name`)}
              </strong>
              <span className="faint">{t(`status.choices.${each}.hint`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Field label={t("status.message")} hint={t("status.messageHint")} placeholder={t("status.messagePlaceholder")} maxLength={140} value={message} onChange={(event) => setMessage(event.target.value)} data-testid="status-message" />
      {canEnd && <Select label={t("status.lasts")} options={ends} value={expiry} onPick={setExpiry} data-testid="status-expiry" />}
      <ProblemNote error={saving.error} />
      <div className="save-bar">
        <span className="saved" role="status">
          {saving.saved && <span data-testid="status-saved">{t("status.saved")}</span>}
        </span>
        <Button type="submit" look="primary" busy={saving.busy} data-testid="status-save">
          {t("status.save")}
        </Button>
      </div>
    </form>
  );
}

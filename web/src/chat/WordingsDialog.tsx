import type { ChatEntry, Wording } from "@veza/client";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { currentLocale } from "../i18n";
import { Dialog } from "../shell/Dialog";
import { dateAndTime } from "../shell/format";
import { ProblemNote } from "../shell/ProblemNote";

/** How an edited message read before, the newest first. Test ids: `wordings-dialog`, `wording`. */
export function WordingsDialog({ message, onClose }: { message: ChatEntry; onClose: () => void }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [wordings, setWordings] = useState<Wording[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const language = currentLocale();

  useEffect(() => {
    let gone = false;
    hub?.connection.request("message:wordings", { message_id: message.id }).then(
      (found) => !gone && setWordings(found.wordings),
      (failure: unknown) => !gone && setError(failure),
    );
    return () => {
      gone = true;
    };
  }, [hub, message.id, message.rev]);

  return (
    <Dialog title={t("wordings.title")} onClose={onClose} testId="wordings-dialog">
      <ol className="wordings">
        <li data-testid="wording">
          <p className="small-text faint">
            {t("wordings.now")}
            {message.edited_at && ` · ${dateAndTime(message.edited_at, language)}`}
          </p>
          <p className="message-text">{message.content}</p>
        </li>
        {[...(wordings ?? [])].reverse().map((wording) => (
          <li key={wording.rev} data-testid="wording">
            <p className="small-text faint">
              {wording.rev === 0 ? t("wordings.first") : t("wordings.edit", { number: wording.rev })} · {dateAndTime(wording.written_at, language)}
            </p>
            <p className="message-text">{wording.content}</p>
          </li>
        ))}
      </ol>
      <ProblemNote error={error} />
      {!wordings && !error && <span className="spinner" role="status" aria-label={t("loading")} />}
    </Dialog>
  );
}

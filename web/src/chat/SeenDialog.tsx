import type { ChatEntry, Receipt, Receipts } from "@veza/client";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { currentLocale } from "../i18n";
import { Avatar } from "../presence/Avatar";
import { useMyId, usePersonName, useRoomView } from "../room/useRoom";
import { Dialog } from "../shell/Dialog";
import { agoInWords } from "../shell/format";
import { ProblemNote } from "../shell/ProblemNote";

/** Who has read a message and whom it has reached. Test ids: `seen-dialog`, `seen-by`, `delivered-to`. */
export function SeenDialog({ message, onClose }: { message: ChatEntry; onClose: () => void }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const me = useMyId();
  const marks = useRoomView((view) => view.marks);
  const [receipts, setReceipts] = useState<Receipts | null>(null);
  const [error, setError] = useState<unknown>(null);

  // Read again when somebody's mark moves, so that it fills while one looks.
  useEffect(() => {
    let gone = false;
    hub?.connection.request("message:receipts", { message_id: message.id }).then(
      (found) => !gone && setReceipts(found),
      (failure: unknown) => !gone && setError(failure),
    );
    return () => {
      gone = true;
    };
  }, [hub, message.id, marks]);

  const read = receipts?.read_by.filter(({ user_id }) => user_id !== me && user_id !== message.sender_id) ?? [];
  const readers = new Set(read.map(({ user_id }) => user_id));
  const delivered = receipts?.delivered_to.filter(({ user_id }) => user_id !== me && user_id !== message.sender_id && !readers.has(user_id)) ?? [];
  return (
    <Dialog title={t("seen.title")} onClose={onClose} testId="seen-dialog">
      <ProblemNote error={error} />
      {!receipts && !error && <span className="spinner" role="status" aria-label={t("loading")} />}
      {receipts && read.length === 0 && <p className="faint">{t("seen.none")}</p>}
      {read.length > 0 && <Readers title={t("seen.read")} receipts={read} testId="seen-by" />}
      {delivered.length > 0 && <Readers title={t("seen.delivered")} receipts={delivered} testId="delivered-to" />}
      <p className="faint small-text">{t("seen.hidden")}</p>
    </Dialog>
  );
}

function Readers({ title, receipts, testId }: { title: string; receipts: readonly Receipt[]; testId: string }) {
  const name = usePersonName();
  const language = currentLocale();
  return (
    <section className="readers">
      <h3>
        {title} <span className="faint numbers">{receipts.length}</span>
      </h3>
      <ul data-testid={testId}>
        {receipts.map(({ user_id, at }) => (
          <li key={user_id}>
            <Avatar userId={user_id} name={name(user_id)} size={28} />
            <span className="clip">{name(user_id)}</span>
            {at && (
              <time className="faint small-text" dateTime={at}>
                {agoInWords(at, language)}
              </time>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

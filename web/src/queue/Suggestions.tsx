import type { Suggestion } from "@veza/client";
import { useTranslation } from "react-i18next";
import { useControl, useMyId, useRoom, useRoomView } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { complain } from "../shell/toasts";

/**
 * What people would like to hear, above the queue. Test ids: `suggestions`, `suggestion` (with
 * `data-title`), `suggestion-approve`, `suggestion-reject`.
 */
export function Suggestions() {
  const { t } = useTranslation();
  const suggestions = useRoomView((view) => view.queue?.suggestions);
  if (!suggestions?.length) return null;
  return (
    <section className="suggestions" aria-label={t("queue.suggestions", { count: suggestions.length })} data-testid="suggestions">
      <h3>{t("queue.suggestions", { count: suggestions.length })}</h3>
      <ul>
        {suggestions.map((suggestion) => (
          <Row key={suggestion.id} suggestion={suggestion} />
        ))}
      </ul>
    </section>
  );
}

function Row({ suggestion }: { suggestion: Suggestion }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const add = useControl("queue_add");
  const isMine = useMyId() === suggestion.suggested_by.user_id;
  const { id, title, artist, note, suggested_by } = suggestion;
  const approve = t("queue.approve", { title });
  const reject = t(isMine ? "queue.withdraw" : "queue.reject", { title });
  const run = (name: string, work: Promise<unknown>) => void work.catch((error: unknown) => complain(name, error));

  return (
    <li className="suggestion" data-testid="suggestion" data-title={title}>
      <span className="queue-names">
        <strong className="clip">{title}</strong>
        <span className="clip faint small-text">
          {artist ?? t("catalog.unknownArtist")} · {t("queue.suggestedBy", { name: isMine ? t("queue.byYou") : suggested_by.display_name })}
        </span>
        {note && <q className="clip small-text">{note}</q>}
      </span>
      <IconButton icon="check" size="small" label={approve} disabled={!add.allowed} title={add.reason ?? approve} onClick={() => run(approve, state.approve(id))} data-testid="suggestion-approve" />
      <IconButton icon="close" size="small" label={reject} disabled={!isMine && !add.allowed} onClick={() => run(reject, state.reject(id))} data-testid="suggestion-reject" />
    </li>
  );
}

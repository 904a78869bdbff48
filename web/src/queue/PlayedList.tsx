import type { Item } from "@veza/client";
import { useTranslation } from "react-i18next";
import { Cover } from "../catalog/Cover";
import { thumbnailUrl } from "../catalog/track";
import { useControl, useRoom } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { complain } from "../shell/toasts";

/** What was heard before, newest first, to be queued again. Test ids: `played`, `played-item`, `played-again`. */
export function PlayedList({ history }: { history: Item[] }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const add = useControl("queue_add");
  return (
    <details className="played" data-testid="played">
      <summary>
        {t("queue.history")} <span className="faint numbers">{history.length}</span>
      </summary>
      <ul className="queue-list">
        {[...history].reverse().map((item) => (
          <li key={`${item.id}-${item.state}`} className="queue-item past" data-testid="played-item" data-title={item.title}>
            <Cover trackId={item.track_id} url={item.has_cover ? thumbnailUrl(item.track_id) : null} size={36} />
            <span className="queue-names">
              <span className="clip">{item.title}</span>
              <span className="clip faint small-text">{item.artist ?? t("catalog.unknownArtist")}</span>
            </span>
            <IconButton
              icon="plus"
              size="small"
              label={t("queue.again", { title: item.title })}
              disabled={!add.allowed}
              title={add.reason}
              onClick={() => state.addItems([item.track_id], "last").catch((error: unknown) => complain(t("queue.again", { title: item.title }), error))}
              data-testid="played-again"
            />
          </li>
        ))}
      </ul>
    </details>
  );
}

import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../account/session";
import { Cover } from "../catalog/Cover";
import { SearchField } from "../catalog/SearchField";
import { thumbnailUrl, type Track } from "../catalog/track";
import { useTracks } from "../catalog/useTracks";
import { useControl, useRoom } from "../room/useRoom";
import { Button, IconButton } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { clockTime } from "../shell/format";
import { problemOf } from "../shell/problem";
import { complain } from "../shell/toasts";
import { openFilePicker } from "../upload/picker";

/**
 * Search the library and put tracks into the queue. Test ids: `add-music`, `add-search`, `add-result`
 * (with `data-track-id`, `data-title`), `add-last`, `add-next`, `suggest`, `add-upload`.
 */
export function AddMusicDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const list = useTracks(useDeferredValue(search), 30);
  const mayUpload = useSession((session) => !session.guestRoomId);

  return (
    <Dialog title={t("queue.addTitle")} onClose={onClose} testId="add-music">
      <SearchField value={search} onChange={setSearch} testId="add-search" first />
      <div className="add-results" aria-busy={list.stale}>
        {list.phase === "failed" && <p className="notice bad">{problemOf(list.error).text}</p>}
        {list.phase === "ready" && list.tracks.length === 0 && <p className="empty">{search ? t("catalog.nothingFound", { query: search }) : t("catalog.empty")}</p>}
        <ul>
          {list.tracks.map((track) => (
            <Result key={track.id} track={track} />
          ))}
        </ul>
        {list.hasNext && (
          <Button look="quiet" busy={list.stale} onClick={list.loadMore}>
            {t("more")}
          </Button>
        )}
      </div>
      {mayUpload && (
        <div className="add-upload">
          <Button icon="upload" onClick={openFilePicker} data-testid="add-upload">
            {t("upload.button")}
          </Button>
          <span className="faint small-text">{t("queue.uploadHint")}</span>
        </div>
      )}
    </Dialog>
  );
}

function Result({ track }: { track: Track }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const mayAdd = useControl("queue_add").allowed;
  const [added, setAdded] = useState(0);
  const suggest = t("queue.suggest", { title: track.title });

  function ask() {
    setAdded(1);
    state.suggest(track.id).catch((error: unknown) => {
      setAdded(0);
      complain(suggest, error);
    });
  }

  function add(place: "next" | "last") {
    setAdded((count) => count + 1);
    state.addItems([track.id], place).catch((error: unknown) => {
      setAdded((count) => count - 1);
      complain(t("queue.addTrack", { title: track.title }), error);
    });
  }

  return (
    <li className="add-result" data-testid="add-result" data-track-id={track.id} data-title={track.title}>
      <Cover trackId={track.id} url={track.hasCover ? thumbnailUrl(track.id) : null} size={44} />
      <span className="queue-names">
        <strong className="clip">{track.title}</strong>
        <span className="clip faint small-text">
          {track.artist ?? t("catalog.unknownArtist")}
          {track.durationMs !== null && ` · ${clockTime(track.durationMs)}`}
        </span>
      </span>
      {added > 0 && <span className="pill good numbers">{added > 1 ? `${t("queue.added")} × ${added}` : t(mayAdd ? "queue.added" : "queue.suggested")}</span>}
      {!mayAdd && <IconButton icon="plus" size="small" label={suggest} disabled={track.status === "failed" || added > 0} onClick={ask} data-testid="suggest" />}
      {mayAdd && <IconButton icon="top" size="small" label={t("queue.addNext", { title: track.title })} disabled={track.status === "failed"} onClick={() => add("next")} data-testid="add-next" />}
      {mayAdd && <IconButton icon="plus" size="small" label={t("queue.addTrack", { title: track.title })} disabled={track.status === "failed"} onClick={() => add("last")} data-testid="add-last" />}
    </li>
  );
}

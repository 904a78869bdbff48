import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../account/session";
import { openFilePicker } from "../upload/picker";
import { Button } from "../shell/Button";
import { Icon } from "../shell/Icon";
import { problemOf } from "../shell/problem";
import { RowSkeletons } from "./RowSkeletons";
import { useTitle } from "../shell/useTitle";
import { SearchField } from "./SearchField";
import { TrackRow } from "./TrackRow";
import { useTracks } from "./useTracks";
import "./catalog.css";

/** Test ids: `library`, `library-search`, `track-list`, `track-row`, `library-empty`, `library-none`. */
export default function LibraryPage() {
  const { t } = useTranslation();
  useTitle(t("catalog.title"));
  const [search, setSearch] = useState("");
  const mayUpload = useSession((session) => session.phase === "in" && !session.guestRoomId);
  const list = useTracks(useDeferredValue(search), undefined, mayUpload);
  const isEmpty = list.phase === "ready" && list.tracks.length === 0;

  return (
    <div className="library" data-testid="library">
      <div className="page-head">
        <div>
          <h1>{t("catalog.title")}</h1>
          <p className="numbers" aria-live="polite">
            {list.phase === "ready" ? t(search ? "catalog.resultsCount" : "catalog.count", { count: list.total }) : "\u00a0"}
          </p>
        </div>
        <SearchField value={search} onChange={setSearch} testId="library-search" />
      </div>
      {list.phase === "failed" && (
        <div className="empty" role="alert">
          <Icon name="warning" className="huge" />
          <p>{problemOf(list.error).text}</p>
          <Button icon="retry" onClick={list.reload}>
            {t("retry")}
          </Button>
        </div>
      )}
      {list.phase === "loading" && <RowSkeletons />}
      {isEmpty && search && (
        <div className="empty" data-testid="library-none">
          <Icon name="search" className="huge" />
          <h2>{t("catalog.nothingFound", { query: search })}</h2>
          <p>{t("catalog.nothingFoundHint")}</p>
        </div>
      )}
      {isEmpty && !search && (
        <div className="empty drop-hint" data-testid="library-empty">
          <Icon name="upload" className="huge" />
          <h2>{t("catalog.empty")}</h2>
          {mayUpload && (
            <>
              <p>{t("catalog.emptyHint")}</p>
              <Button look="primary" onClick={openFilePicker}>
                {t("catalog.chooseFiles")}
              </Button>
            </>
          )}
        </div>
      )}
      {list.tracks.length > 0 && (
        <ul className="track-list" data-testid="track-list" aria-busy={list.stale} data-stale={list.stale || undefined}>
          {list.tracks.map((track) => (
            <TrackRow key={track.id} track={track} />
          ))}
        </ul>
      )}
      {list.hasNext && list.phase === "ready" && (
        <div className="load-more">
          <Button busy={list.stale} onClick={list.loadMore}>
            {t("more")}
          </Button>
        </div>
      )}
    </div>
  );
}

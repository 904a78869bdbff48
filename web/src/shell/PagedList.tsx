import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { ProblemNote } from "./ProblemNote";
import type { Pages } from "./usePages";

/** The rows of a list that is read page by page: what waits, is empty or failed says so. Test id: `more`. */
export function PagedList<T>({ pages, empty, row, label, testId }: { pages: Pages<T>; empty: string; row: (item: T) => ReactNode; label: string; testId?: string }) {
  const { t } = useTranslation();
  return (
    <>
      {pages.items.length > 0 && (
        <ul className="rows" aria-label={label} data-testid={testId}>
          {pages.items.map(row)}
        </ul>
      )}
      {pages.phase === "ready" && pages.items.length === 0 && (
        <p className="faint" data-testid="nothing">
          {empty}
        </p>
      )}
      {pages.phase === "loading" && pages.items.length === 0 && (
        <div className="rows" role="status" aria-label={t("loading")}>
          <div className="skeleton row" />
          <div className="skeleton row" />
        </div>
      )}
      {pages.phase === "failed" && (
        <>
          <ProblemNote error={pages.error} />
          <Button icon="retry" onClick={pages.reload}>
            {t("retry")}
          </Button>
        </>
      )}
      {pages.hasMore && (
        <Button busy={pages.phase === "loading"} onClick={pages.more} data-testid="more">
          {t("more")}
        </Button>
      )}
    </>
  );
}

import { useTranslation } from "react-i18next";

/** Holds the page's place while its code or data comes. */
export function PageLoading() {
  const { t } = useTranslation();
  return (
    <div className="empty full" role="status" aria-label={t("loading")}>
      <span className="spinner large" />
    </div>
  );
}

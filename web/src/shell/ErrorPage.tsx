import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Icon, type IconName } from "./Icon";

/** A whole page that says what is wrong and offers the next step. Test id: `error-page`. */
export function ErrorPage({ icon = "warning", title, body, children }: { icon?: IconName; title: string; body: string; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="empty full" role="alert" data-testid="error-page">
      <Icon name={icon} className="huge" />
      <h1>{title}</h1>
      <p>{body}</p>
      {children ?? (
        <Link className="button primary" to="/">
          {t("problem.page.home")}
        </Link>
      )}
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return <ErrorPage icon="search" title={t("problem.page.notFound.title")} body={t("problem.page.notFound.body")} />;
}

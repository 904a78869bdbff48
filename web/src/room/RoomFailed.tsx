import { HubError } from "@veza/client";
import { useTranslation } from "react-i18next";
import { Button } from "../shell/Button";
import { ErrorPage } from "../shell/ErrorPage";
import { problemText } from "../shell/problem";

/** Why the room cannot be shown, and what to do about it. */
export function RoomFailed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const code = error instanceof HubError ? error.code : "";
  if (code === "BANNED") return <ErrorPage icon="lock" title={t("room.ended.banned.title")} body={t("room.ended.banned.body")} />;
  // VALIDATION_ERROR: the address holds no room's id at all.
  if (["NOT_FOUND", "FORBIDDEN", "GONE", "VALIDATION_ERROR"].includes(code)) {
    return <ErrorPage icon="lock" title={t("room.notFound.title")} body={t("room.notFound.body")} />;
  }
  return (
    <ErrorPage title={t("problem.title")} body={problemText(error)}>
      <Button look="primary" icon="retry" onClick={() => window.location.reload()}>
        {t("problem.page.reload")}
      </Button>
    </ErrorPage>
  );
}

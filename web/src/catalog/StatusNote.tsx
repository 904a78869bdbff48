import { useTranslation } from "react-i18next";
import { Icon } from "../shell/Icon";
import { failureText } from "../upload/reasons";
import type { TrackStatus } from "./track";

interface StatusNoteProps {
  status: TrackStatus;
  percent: number;
  failure: { code: string; message: string } | null;
}

/** Nothing for a track that is ready; else how far it is, or why it could not be used. */
export function StatusNote({ status, percent, failure }: StatusNoteProps) {
  const { t } = useTranslation();
  if (status === "ready") return null;
  if (status === "processing") {
    return <span className="pill track-status">{percent > 0 ? t("catalog.status.processingAt", { percent: Math.round(percent) }) : t("catalog.status.processing")}</span>;
  }
  const reason = failure ? failureText(failure) : "";
  return (
    <span className="pill bad track-status" title={reason}>
      <Icon name="warning" />
      <span className="clip">{reason || t("catalog.status.failed")}</span>
    </span>
  );
}

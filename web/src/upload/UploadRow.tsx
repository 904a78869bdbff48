import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useTrackNews, type TrackProgress } from "../catalog/trackNews";
import { currentLocale } from "../i18n";
import { IconButton } from "../shell/Button";
import { bytes } from "../shell/format";
import { Icon } from "../shell/Icon";
import { problemOf } from "../shell/problem";
import { stateOf, stepOf, type UploadState } from "./progress";
import { failureText } from "./reasons";
import { cancelUpload, dismissUpload, isWorthRetrying, retryUpload, type Upload } from "./uploads";

/**
 * One file. Test ids: `upload-row` (with `data-state`, `data-name`), `upload-status`, `upload-cancel`,
 * `upload-retry`, `upload-dismiss`, `upload-link`.
 */
export function UploadRow({ upload }: { upload: Upload }) {
  const { t } = useTranslation();
  const news = useTrackNews((store) => (upload.trackId ? store.byTrack[upload.trackId] : undefined));
  const state = stateOf(upload, news);
  const name = upload.title;
  const mayCancel = state.kind === "waiting" || state.kind === "sending";
  const mayRetry = state.kind === "cancelled" || (upload.phase === "failed" && isWorthRetrying(upload.error));
  return (
    <li className="upload-row" data-testid="upload-row" data-state={state.kind} data-name={upload.file.name}>
      <span className="upload-mark" aria-hidden="true">
        <Icon name={state.kind === "ready" ? "check" : state.kind === "failed" ? "warning" : "note"} />
      </span>
      <div className="upload-names">
        {upload.trackId && state.kind !== "failed" ? (
          <Link className="clip" to={`/track/${upload.trackId}`} data-testid="upload-link">
            {name}
          </Link>
        ) : (
          <strong className="clip">{name}</strong>
        )}
        <span className="small-text upload-status" data-testid="upload-status">
          <Status upload={upload} state={state} news={news} />
        </span>
      </div>
      {mayRetry && <IconButton icon="retry" size="small" label={t("upload.retry", { name })} onClick={() => retryUpload(upload.id)} data-testid="upload-retry" />}
      {mayCancel ? (
        <IconButton icon="close" size="small" label={t("upload.cancel", { name })} onClick={() => cancelUpload(upload.id)} data-testid="upload-cancel" />
      ) : (
        <IconButton icon="close" size="small" label={t("upload.dismiss", { name })} onClick={() => dismissUpload(upload.id)} data-testid="upload-dismiss" />
      )}
      <span
        className="bar"
        role="progressbar"
        aria-label={t("upload.progress", { name })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(state.percent)}
        style={{ "--done": `${state.percent}%` } as CSSProperties}
      />
    </li>
  );
}

function Status({ upload, state, news }: { upload: Upload; state: UploadState; news: TrackProgress | undefined }) {
  const { t } = useTranslation();
  const language = currentLocale();
  switch (state.kind) {
    case "waiting":
      return t("upload.waiting");
    case "sending":
      return t("upload.sending", { sent: bytes(upload.sentBytes, language), total: bytes(upload.file.size, language) });
    case "accepted":
      return t("upload.accepted");
    case "working":
      return `${t(`upload.steps.${stepOf(news?.task ?? "")}`)} · ${Math.round(news?.percent ?? 0)} %`;
    case "ready":
      return t(upload.roomId ? "upload.readyQueued" : "upload.ready");
    case "cancelled":
      return t("upload.cancelled");
    case "failed":
      return `${t("upload.failed")}: ${news?.failure ? failureText(news.failure) : problemOf(upload.error).text}`;
  }
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTrackNews } from "../catalog/trackNews";
import { Button, IconButton } from "../shell/Button";
import { isOver, stateOf } from "./progress";
import { UploadRow } from "./UploadRow";
import { dismissAll, useUploads } from "./uploads";

/** Every file of this visit and where it stands. Test ids: `upload-tray`, and those of UploadRow. */
export function UploadTray() {
  const { t } = useTranslation();
  const uploads = useUploads((store) => store.uploads);
  const news = useTrackNews((store) => store.byTrack);
  const [isOpen, setIsOpen] = useState(true);
  if (uploads.length === 0) return null;
  const over = uploads.filter((upload) => isOver(stateOf(upload, upload.trackId ? news[upload.trackId] : undefined)));
  const active = uploads.length - over.length;

  return (
    <section className="upload-tray" aria-label={t("upload.title")} data-testid="upload-tray" data-active={active}>
      <header>
        <button className="upload-summary" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)} title={t(isOpen ? "upload.collapse" : "upload.expand")}>
          <strong>{t("upload.title")}</strong>
          <span className="faint small-text" aria-live="polite">
            {active > 0 ? t("upload.summaryActive", { count: active }) : t("upload.summaryDone")}
          </span>
        </button>
        {active === 0 ? (
          <IconButton icon="close" size="small" label={t("upload.clear")} onClick={() => dismissAll(over.map((upload) => upload.id))} data-testid="upload-clear" />
        ) : (
          <IconButton icon="chevron" size="small" className={isOpen ? "" : "turned"} label={t(isOpen ? "upload.collapse" : "upload.expand")} onClick={() => setIsOpen(!isOpen)} />
        )}
      </header>
      {isOpen && (
        <>
          <ul>
            {[...uploads].reverse().map((upload) => (
              <UploadRow key={upload.id} upload={upload} />
            ))}
          </ul>
          {active > 0 && over.length > 0 && (
            <Button size="small" look="quiet" onClick={() => dismissAll(over.map((upload) => upload.id))}>
              {t("upload.clear")}
            </Button>
          )}
        </>
      )}
    </section>
  );
}

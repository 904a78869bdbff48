import { useTranslation } from "react-i18next";
import { Button } from "../shell/Button";
import { openFilePicker } from "./picker";

/** Test id: `upload-button`. The file input itself is the drop zone's (`upload-input`). */
export function UploadButton() {
  const { t } = useTranslation();
  return (
    <Button icon="upload" className="upload-button" onClick={openFilePicker} aria-label={t("upload.button")} data-testid="upload-button">
      <span>{t("upload.button")}</span>
    </Button>
  );
}

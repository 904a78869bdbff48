import { useTranslation } from "react-i18next";
import { Button } from "../shell/Button";
import { ACCEPT } from "./formats";
import { openFilePicker, registerPicker } from "./picker";
import { addFiles } from "./uploads";

/** Opens the file dialog. Test ids: `upload-button`, `upload-input` (the file input itself). */
export function UploadButton() {
  const { t } = useTranslation();
  return (
    <>
      <Button icon="upload" className="upload-button" onClick={openFilePicker} aria-label={t("upload.button")} data-testid="upload-button">
        <span>{t("upload.button")}</span>
      </Button>
      <input
        ref={registerPicker}
        type="file"
        hidden
        accept={ACCEPT}
        multiple
        aria-label={t("upload.input")}
        onChange={(event) => {
          addFiles(Array.from(event.target.files ?? []));
          event.target.value = "";
        }}
        data-testid="upload-input"
      />
    </>
  );
}

import { useTranslation } from "react-i18next";
import { Button } from "../../shell/Button";
import type { Saving } from "./useSaving";

/** The button that saves a form, and the word that it worked. Test ids: `manage-save`, `manage-saved`. */
export function SaveBar({ saving, disabled }: { saving: Saving; disabled: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="save-bar">
      <span className="saved" role="status">
        {saving.saved && disabled && <span data-testid="manage-saved">{t("manage.saved")}</span>}
      </span>
      <Button type="submit" look="primary" busy={saving.busy} disabled={disabled} data-testid="manage-save">
        {t("manage.save")}
      </Button>
    </div>
  );
}

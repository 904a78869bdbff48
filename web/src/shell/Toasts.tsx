import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { Icon, type IconName } from "./Icon";
import { useToasts, type Toast } from "./toasts";

const ICONS: Record<Toast["look"], IconName> = { plain: "info", good: "check", bad: "warning" };

/** Test ids: `toasts`, `toast`. */
export function Toasts() {
  const { t } = useTranslation();
  const { toasts, dismiss } = useToasts();
  return (
    <div className="toasts" role="status" aria-live="polite" data-testid="toasts">
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast ${toast.look}`} data-testid="toast">
          <Icon name={ICONS[toast.look]} />
          <div>
            <strong>{toast.title}</strong>
            {toast.body && <p>{toast.body}</p>}
          </div>
          <IconButton icon="close" size="small" label={t("dismiss")} onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}

import type { Notification } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, IconButton } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { dayName, timeOfDay } from "../shell/format";
import { currentLocale } from "../i18n";
import { Settings } from "../shell/Settings";
import { complain } from "../shell/toasts";
import { readAll, readOne, useBell } from "./bell";
import { placeOf } from "./preferences";
import { rang } from "./rang";
import "./notifications.css";

/** Test ids: `bell`, `bell-count`, `notifications`, `notification` (with `data-read`), `read-all`, `bell-settings`. */
export function BellButton() {
  const { t } = useTranslation();
  const unread = useBell((bell) => bell.unread);
  const [open, setOpen] = useState<"list" | "settings" | null>(null);
  const label = unread > 0 ? t("notifications.unread", { count: unread }) : t("notifications.title");
  return (
    <span className="bell">
      <IconButton icon="bell" label={label} onClick={() => setOpen("list")} data-testid="bell" />
      {unread > 0 && (
        <span className="badge numbers" aria-hidden="true" data-testid="bell-count">
          {unread > 99 ? "99+" : unread}
        </span>
      )}
      {open === "list" && <Notifications onClose={() => setOpen(null)} onSettings={() => setOpen("settings")} />}
      {open === "settings" && <Settings start="notify" onClose={() => setOpen(null)} />}
    </span>
  );
}

function Notifications({ onClose, onSettings }: { onClose: () => void; onSettings: () => void }) {
  const { t } = useTranslation();
  const { notifications, unread } = useBell();
  const locale = currentLocale();
  return (
    <Dialog title={t("notifications.title")} onClose={onClose} testId="notifications">
      <p className="bell-tools">
        <Button
          size="small"
          icon="settings"
          onClick={onSettings}
          data-testid="bell-settings"
        >
          {t("notifySettings.more")}
        </Button>
        {unread > 0 && (
          <Button size="small" icon="check" onClick={() => void readAll().catch((error: unknown) => complain(t("notifications.readAll"), error))} data-testid="read-all">
            {t("notifications.readAll")}
          </Button>
        )}
      </p>
      {notifications.length === 0 && <p className="faint">{t("notifications.none")}</p>}
      <ul className="notification-list">
        {notifications.map((each) => (
          <li key={each.id} data-testid="notification" data-read={each.read || undefined}>
            <Link
              to={placeOf(each)}
              onClick={() => {
                void readOne(each.id).catch(() => undefined); // counted again with the next event
                onClose();
              }}
            >
              <Words notification={each} />
              <time className="faint small-text" dateTime={each.created_at}>
                {dayName(each.created_at, locale)} {timeOfDay(each.created_at, locale)}
              </time>
            </Link>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Words({ notification }: { notification: Notification }) {
  const { title, content } = rang(notification);
  return (
    <>
      <strong>{title}</strong>
      {content && <span className="clip">{content}</span>}
    </>
  );
}

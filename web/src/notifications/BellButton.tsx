import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, IconButton } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { dayName, timeOfDay } from "../shell/format";
import { currentLocale } from "../i18n";
import { complain, useToasts } from "../shell/toasts";
import { readAll, readOne, useBell } from "./bell";
import { canPush, isPushOn, turnPushOff, turnPushOn } from "./push";
import "./notifications.css";

/** Test ids: `bell`, `bell-count`, `notifications`, `notification` (with `data-read`), `read-all`, `push-switch`. */
export function BellButton() {
  const { t } = useTranslation();
  const unread = useBell((bell) => bell.unread);
  const [open, setOpen] = useState(false);
  const label = unread > 0 ? t("notifications.unread", { count: unread }) : t("notifications.title");
  return (
    <span className="bell">
      <IconButton icon="bell" label={label} onClick={() => setOpen(true)} data-testid="bell" />
      {unread > 0 && (
        <span className="badge numbers" aria-hidden="true" data-testid="bell-count">
          {unread > 99 ? "99+" : unread}
        </span>
      )}
      {open && <Notifications onClose={() => setOpen(false)} />}
    </span>
  );
}

function Notifications({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { notifications, unread } = useBell();
  const locale = currentLocale();
  return (
    <Dialog title={t("notifications.title")} onClose={onClose} testId="notifications">
      <p className="bell-tools">
        <PushSwitch />
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
              to={placeOf(each.link)}
              onClick={() => {
                void readOne(each.id).catch(() => undefined); // counted again with the next event
                onClose();
              }}
            >
              <strong>{each.title}</strong>
              {each.content && <span className="clip">{each.content}</span>}
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

/** Where a notification leads in this client: rooms stand under /room. */
function placeOf(link: string | null): string {
  return (link ?? "/").replace(/^\/rooms\//u, "/room/").replace(/\?.*$/u, "");
}

function PushSwitch() {
  const { t } = useTranslation();
  const [isOn, setIsOn] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => void isPushOn().then(setIsOn, () => undefined), []);
  if (!canPush()) return null;

  async function toggle() {
    setBusy(true);
    try {
      if (isOn) await turnPushOff();
      else if (!(await turnPushOn())) useToasts.getState().show({ look: "bad", title: t("notifications.pushRefused") });
      setIsOn(await isPushOn());
    } catch (error) {
      complain(t("notifications.push"), error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Button size="small" busy={busy} aria-pressed={isOn} onClick={() => void toggle()} data-testid="push-switch">
      {t(isOn ? "notifications.pushOff" : "notifications.push")}
    </Button>
  );
}

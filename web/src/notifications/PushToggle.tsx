import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { complain, useToasts } from "../shell/toasts";
import { Toggle } from "../shell/Toggle";
import { canPush, isPushOn, turnPushOff, turnPushOn } from "./push";

/** Web Push on this device. Test id: `push-switch`. */
export function PushToggle() {
  const { t } = useTranslation();
  const [isOn, setIsOn] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => void isPushOn().then(setIsOn, () => undefined), []);
  if (!canPush()) return <p className="faint small-text">{t("notifySettings.pushNever")}</p>;
  const isDenied = Notification.permission === "denied";

  async function toggle(on: boolean) {
    setBusy(true);
    try {
      if (!on) await turnPushOff();
      else if (!(await turnPushOn())) useToasts.getState().show({ look: "bad", title: t("notifications.pushRefused") });
      setIsOn(await isPushOn());
    } catch (error) {
      complain(t("notifications.push"), error);
    } finally {
      setBusy(false);
    }
  }

  return <Toggle label={t("notifySettings.pushOn")} hint={t(isDenied ? "notifySettings.pushDenied" : "notifySettings.pushHint")} checked={isOn} disabled={busy || (isDenied && !isOn)} onToggle={(on) => void toggle(on)} testId="push-switch" />;
}

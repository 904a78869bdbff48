import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "../shell/Field";
import { Toggle } from "../shell/Toggle";
import { minuteOf, ownTimeZone, timeOf, type QuietHours } from "./preferences";

const NIGHT = { from_minute: 22 * 60, until_minute: 7 * 60 };

/** When nothing is pushed; takes effect when a time is whole. Test ids: `quiet-on`, `quiet-from`, `quiet-until`. */
export function QuietForm({ quiet, onChange }: { quiet: QuietHours | null; onChange: (quiet: QuietHours | null) => void }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(timeOf(quiet?.from_minute ?? NIGHT.from_minute));
  const [until, setUntil] = useState(timeOf(quiet?.until_minute ?? NIGHT.until_minute));
  const zone = quiet?.time_zone ?? ownTimeZone();

  function set(fromTime: string, untilTime: string) {
    setFrom(fromTime);
    setUntil(untilTime);
    const from_minute = minuteOf(fromTime);
    const until_minute = minuteOf(untilTime);
    if (quiet && from_minute !== null && until_minute !== null) onChange({ from_minute, until_minute, time_zone: ownTimeZone() });
  }

  const overnight = (minuteOf(from) ?? 0) > (minuteOf(until) ?? 0);
  return (
    <>
      <Toggle
        label={t("notifySettings.quiet")}
        hint={t("notifySettings.quietLead")}
        checked={quiet !== null}
        onToggle={(on) => onChange(on ? { from_minute: minuteOf(from) ?? NIGHT.from_minute, until_minute: minuteOf(until) ?? NIGHT.until_minute, time_zone: ownTimeZone() } : null)}
        testId="quiet-on"
      />
      {quiet && (
        <>
          <div className="field-row">
            <Field label={t("notifySettings.from")} type="time" required value={from} onChange={(event) => set(event.target.value, until)} data-testid="quiet-from" />
            <Field label={t("notifySettings.until")} type="time" required value={until} onChange={(event) => set(from, event.target.value)} data-testid="quiet-until" />
          </div>
          <p className="faint small-text">
            {overnight && `${t("notifySettings.overnight")} `}
            {t("notifySettings.zone", { zone: zone.replaceAll("_", " ") })}
          </p>
        </>
      )}
    </>
  );
}

import { useTranslation } from "react-i18next";
import { Field } from "../shell/Field";
import { type Schedule } from "./schedule";

/** When a session begins and ends, in the reader's own time. Test ids: `schedule-start`, `schedule-end`. */
export function ScheduleFields({ value, onChange }: { value: Schedule; onChange: (value: Schedule) => void }) {
  const { t } = useTranslation();
  return (
    <div className="schedule-fields">
      <Field type="datetime-local" label={t("session.starts")} hint={t("session.startsHint")} value={value.start} onChange={(event) => onChange({ ...value, start: event.target.value })} data-testid="schedule-start" />
      <Field type="datetime-local" label={t("session.ends")} hint={t("session.endsHint")} value={value.end} min={value.start || undefined} onChange={(event) => onChange({ ...value, end: event.target.value })} data-testid="schedule-end" />
    </div>
  );
}

import { HubError, uuidv7, type SessionTimes } from "@veza/client";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { Icon } from "../shell/Icon";
import { problemOf } from "../shell/problem";
import { scheduleOf, setSchedule } from "./schedule";
import { ScheduleFields } from "./ScheduleFields";

/** Test ids: `schedule-dialog`, `schedule-save`, `session-end`. */
export function ScheduleDialog({ roomId, times, onClose }: { roomId: string; times: SessionTimes | null; onClose: () => void }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [before] = useState(() => scheduleOf(times));
  const [value, setValue] = useState(before);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function run(work: (connection: NonNullable<typeof hub>["connection"]) => Promise<unknown>) {
    setBusy(true);
    setError(null);
    try {
      if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
      await work(hub.connection);
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  function save(event: FormEvent) {
    event.preventDefault();
    void run((connection) => setSchedule(connection, roomId, before, value));
  }

  return (
    <Dialog title={t("session.title")} onClose={onClose} testId="schedule-dialog">
      <form className="stack" onSubmit={save}>
        <ScheduleFields value={value} onChange={setValue} />
        {Boolean(error) && (
          <p className="notice bad" role="alert" data-testid="form-error">
            <Icon name="warning" />
            {problemOf(error).text}
          </p>
        )}
        <div className="dialog-actions">
          {times && times.stage !== "ended" && (
            <Button look="danger" busy={busy} onClick={() => void run((connection) => connection.request("session:end", { room_id: roomId, op_id: uuidv7() }))} data-testid="session-end">
              {t("session.endNow")}
            </Button>
          )}
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" look="primary" busy={busy} data-testid="schedule-save">
            {t("session.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

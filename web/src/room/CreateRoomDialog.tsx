import { HubError, uuidv7, type Control } from "@veza/client";
import { useRef, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useHub } from "../account/hub";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { Field } from "../shell/Field";
import { Icon } from "../shell/Icon";
import { problemOf } from "../shell/problem";
import { NO_SCHEDULE, setSchedule } from "./schedule";
import { ScheduleFields } from "./ScheduleFields";
import "./session.css";

const TYPES = ["public", "private"] as const;
const CONTROLS = { host: "rooms.controlsHost", all: "rooms.controlsAll" } as const;

/**
 * Test ids: `create-room-dialog`, `room-name-input`, `room-description-input`, `room-type-public`,
 * `room-type-private`, `room-controls-host`, `room-controls-all`, `create-room-submit`.
 */
export function CreateRoomDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const hub = useHub((state) => state.hub);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [type, setType] = useState<(typeof TYPES)[number]>("private");
  const [control, setControl] = useState<keyof typeof CONTROLS>("host");
  const [schedule, setDates] = useState(NO_SCHEDULE);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const opId = useRef(uuidv7()); // the same through every retry: one room, however often it is sent

  async function create(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
      const room = await hub.connection.request("room:create", {
        op_id: opId.current,
        name: name.trim(),
        type,
        ...(description.trim() ? { description: description.trim() } : {}),
        policy: { controls: controls(control) },
      });
      await setSchedule(hub.connection, room.id, NO_SCHEDULE, schedule);
      await navigate(`/room/${room.id}`);
    } catch (failure) {
      opId.current = uuidv7();
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <Dialog title={t("rooms.createTitle")} onClose={onClose} testId="create-room-dialog">
      <form className="stack" onSubmit={(event) => void create(event)}>
        <Field label={t("rooms.name")} placeholder={t("rooms.namePlaceholder")} required maxLength={255} value={name} onChange={(event) => setName(event.target.value)} data-first data-testid="room-name-input" />
        <Field
          label={t("rooms.description")}
          hint={t("rooms.descriptionHint")}
          maxLength={500}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
          data-testid="room-description-input"
        />
        <fieldset className="choices">
          <legend>{t("rooms.type")}</legend>
          {TYPES.map((choice) => (
            <label key={choice} className="choice">
              <input type="radio" name="type" checked={type === choice} onChange={() => setType(choice)} data-testid={`room-type-${choice}`} />
              <span>
                <strong>{t(`rooms.types.${choice}.name`)}</strong>
                <span className="faint">{t(`rooms.types.${choice}.hint`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <fieldset className="choices">
          <legend>{t("rooms.controls")}</legend>
          <div className="switch-row spread">
            {(Object.keys(CONTROLS) as (keyof typeof CONTROLS)[]).map((choice) => (
              <button key={choice} type="button" aria-pressed={control === choice} onClick={() => setControl(choice)} data-testid={`room-controls-${choice}`}>
                {t(CONTROLS[choice])}
              </button>
            ))}
          </div>
        </fieldset>
        <details className="schedule-more">
          <summary data-testid="room-schedule">{t("session.menu")}</summary>
          <ScheduleFields value={schedule} onChange={setDates} />
        </details>
        {Boolean(error) && (
          <p className="notice bad" role="alert" data-testid="form-error">
            <Icon name="warning" />
            {problemOf(error).text}
          </p>
        )}
        <div className="dialog-actions">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" look="primary" busy={busy} disabled={!name.trim()} data-testid="create-room-submit">
            {t("rooms.createSubmit")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Everybody brings music in any room; who moves the transport is the choice. */
function controls(transport: Control) {
  return { play: transport, seek: transport, skip: transport, queue_add: "all" as const, queue_reorder: "all" as const };
}

import type { Room } from "@veza/client";
import { useId, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useHub } from "../../account/hub";
import { Button } from "../../shell/Button";
import { Dialog } from "../../shell/Dialog";
import { Field } from "../../shell/Field";
import { ProblemNote } from "../../shell/ProblemNote";
import { complain } from "../../shell/toasts";
import { exitRoom } from "../activeRoom";
import { SaveBar } from "./SaveBar";
import { useSaving } from "./useSaving";

const TYPES = ["public", "private"] as const;

/**
 * What the room is called, and who can come in. Test ids: `manage-name`, `manage-description`, `manage-type-public`,
 * `manage-type-private`, `manage-save`, `delete-room`, `delete-confirm`.
 */
export function GeneralSection({ room }: { room: Room }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [name, setName] = useState(room.name);
  const [description, setDescription] = useState(room.description ?? "");
  const [type, setType] = useState(room.type);
  const [deleting, setDeleting] = useState(false);
  const saving = useSaving();
  const noteId = useId();
  const isOwner = room.my?.role === "owner";
  const isChanged = name.trim() !== room.name || description.trim() !== (room.description ?? "") || type !== room.type;

  function save(event: FormEvent) {
    event.preventDefault();
    saving.run(() => hub?.connection.request("room:update", { room_id: room.id, name: name.trim(), description: description.trim(), ...(type !== room.type && type !== "dm" ? { type } : {}) }));
  }

  return (
    <>
      <form className="stack" onSubmit={save}>
        <Field label={t("rooms.name")} required maxLength={255} value={name} onChange={(event) => setName(event.target.value)} data-testid="manage-name" />
        <div className="field">
          <label htmlFor={noteId}>{t("rooms.description")}</label>
          <textarea id={noteId} className="input" maxLength={2000} rows={3} value={description} onChange={(event) => setDescription(event.target.value)} data-testid="manage-description" />
        </div>
        {isOwner && room.type !== "dm" ? (
          <fieldset className="choices">
            <legend>{t("manage.general.kind")}</legend>
            {TYPES.map((choice) => (
              <label key={choice} className="choice">
                <input type="radio" name="type" checked={type === choice} onChange={() => setType(choice)} data-testid={`manage-type-${choice}`} />
                <span>
                  <strong>{t(`rooms.types.${choice}.name`)}</strong>
                  <span className="faint">{t(`rooms.types.${choice}.hint`)}</span>
                </span>
              </label>
            ))}
            {type !== room.type && (
              <span className="hint" role="status">
                {t(`manage.general.becomes.${type === "public" ? "public" : "private"}`)}
              </span>
            )}
          </fieldset>
        ) : (
          <div className="field">
            <span className="label">{t("manage.general.kind")}</span>
            <p>
              <span className="pill">{room.type === "dm" ? t("manage.general.dm") : t(`rooms.types.${room.type}.name`)}</span> {room.type !== "dm" && <span className="soft small-text">{t(`rooms.types.${room.type}.hint`)}</span>}
            </p>
            {room.type !== "dm" && <span className="hint">{t("manage.general.kindFixed")}</span>}
          </div>
        )}
        <ProblemNote error={saving.error} />
        <SaveBar saving={saving} disabled={!isChanged || !name.trim()} />
      </form>
      {isOwner && (
        <div className="part">
          <div className="part-head">
            <h3>{t("manage.general.delete")}</h3>
            <Button look="danger" icon="trash" onClick={() => setDeleting(true)} data-testid="delete-room">
              {t("manage.general.delete")}
            </Button>
            <p>{t("manage.general.deleteHint")}</p>
          </div>
        </div>
      )}
      {deleting && <DeleteDialog room={room} onClose={() => setDeleting(false)} />}
    </>
  );
}

function DeleteDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const hub = useHub((state) => state.hub);
  const [busy, setBusy] = useState(false);

  async function remove() {
    setBusy(true);
    try {
      await hub?.connection.request("room:delete", { room_id: room.id });
      exitRoom();
      await navigate("/rooms");
    } catch (error) {
      complain(t("manage.general.delete"), error);
      setBusy(false);
    }
  }

  return (
    <Dialog title={t("manage.general.deleteSure", { room: room.name })} onClose={onClose}>
      <p>{t("manage.general.deleteHint")}</p>
      <div className="dialog-actions">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button look="danger" icon="trash" busy={busy} onClick={() => void remove()} data-testid="delete-confirm">
          {t("manage.general.delete")}
        </Button>
      </div>
    </Dialog>
  );
}

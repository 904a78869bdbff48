import type { Autoplay, QueueChange, QueueOrder, Repeat } from "@veza/client";
import { useEffect, useId, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { rest, useSession } from "../account/session";
import { useControl, useRoom, useRoomView } from "../room/useRoom";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { Field } from "../shell/Field";
import { complain, useToasts } from "../shell/toasts";

const ORDERS: QueueOrder[] = ["manual", "votes", "fair"];
const REPEATS: Repeat[] = ["off", "one", "all"];

/**
 * How the queue goes round, what follows it, and keeping or emptying it. Test ids: `queue-menu`,
 * `queue-order`, `queue-repeat`, `queue-shuffle`, `queue-lock`, `queue-fallback`, `queue-similar`,
 * `queue-save-name`, `queue-save`, `queue-clear`.
 */
export function QueueMenu({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const queue = useRoomView((view) => view.queue);
  const steer = useControl("play");
  const playlists = usePlaylists();
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  if (!queue) return null;

  /** True when it was done; what went wrong is said here. */
  const run = (title: string, work: Promise<unknown>) =>
    work.then(
      () => true,
      (error: unknown) => {
        complain(title, error);
        return false;
      },
    );
  const change = (title: string, update: QueueChange) => run(title, state.updateQueue(update));
  const off = { disabled: !steer.allowed, title: steer.reason };

  async function clear() {
    await run(t("queue.clear"), state.clearQueue().then(() => useToasts.getState().show({ look: "plain", title: t("queue.cleared") })));
    onClose();
  }

  return (
    <Dialog title={t("queue.menu")} onClose={onClose} testId="queue-menu">
      <Choice label={t("queue.order")} value={queue.order} options={ORDERS.map((order) => [order, t(`queue.orders.${order}`)])} onChange={(order) => change(t("queue.order"), { order: order as QueueOrder })} testId="queue-order" {...off} />
      <Choice label={t("queue.repeat")} value={queue.repeat} options={REPEATS.map((repeat) => [repeat, t(`queue.repeats.${repeat}`)])} onChange={(repeat) => change(t("queue.repeat"), { repeat: repeat as Repeat })} testId="queue-repeat" {...off} />
      <Switch label={t("queue.shuffle")} on={queue.shuffle} onChange={(shuffle) => change(t("queue.shuffle"), { shuffle })} testId="queue-shuffle" {...off} disabled={!steer.allowed || queue.order !== "manual"} />
      <Switch label={t("queue.lock")} on={queue.locked} onChange={(locked) => run(t("queue.lock"), state.lockQueue(locked))} testId="queue-lock" {...off} />
      <h3>{t("queue.goOn")}</h3>
      <Choice
        label={t("queue.goOnPlaylist")}
        value={queue.fallback_playlist_id ?? ""}
        options={[["", t("queue.goOnNothing")], ...playlists.map(({ id, name }): [string, string] => [id, name])]}
        onChange={(id) => change(t("queue.goOnPlaylist"), { fallback_playlist_id: id || null })}
        testId="queue-fallback"
        {...off}
      />
      <Switch label={t("queue.similar")} on={queue.autoplay === "similar"} onChange={(on) => change(t("queue.similar"), { autoplay: (on ? "similar" : "off") satisfies Autoplay })} testId="queue-similar" {...off} />
      {!isGuest && <SaveForm onSaved={onClose} />}
      <p>
        <Button look="danger" icon="trash" {...off} onClick={() => void clear()} data-testid="queue-clear">
          {t("queue.clear")}
        </Button>
      </p>
    </Dialog>
  );
}

function SaveForm({ onSaved }: { onSaved: () => void }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const isEmpty = useRoomView((view) => !view.queue?.items.length);
  const [name, setName] = useState("");

  async function save(event: FormEvent) {
    event.preventDefault();
    try {
      const { trackCount } = await state.saveQueue(name.trim());
      useToasts.getState().show({ look: "good", title: t("queue.saved", { count: trackCount }) });
      onSaved();
    } catch (error) {
      complain(t("queue.save"), error);
    }
  }

  return (
    <form className="queue-save" onSubmit={(event) => void save(event)}>
      <Field label={t("queue.saveName")} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} data-testid="queue-save-name" />
      <Button type="submit" icon="library" disabled={isEmpty || !name.trim()} data-testid="queue-save">
        {t("queue.save")}
      </Button>
    </form>
  );
}

interface Choosing {
  label: string;
  disabled?: boolean;
  title?: string | undefined;
  testId: string;
}

function Choice({ label, value, options, onChange, testId, ...rest }: Choosing & { value: string; options: [value: string, label: string][]; onChange: (value: string) => Promise<boolean> }) {
  const id = useId();
  const [shown, ask] = useWish(value, onChange);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={shown} onChange={(event) => ask(event.target.value)} data-testid={testId} {...rest}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

function Switch({ label, on, onChange, testId, ...rest }: Choosing & { on: boolean; onChange: (on: boolean) => Promise<boolean> }) {
  const [shown, ask] = useWish(on, onChange);
  return (
    <label className="queue-switch">
      <input type="checkbox" role="switch" checked={shown} onChange={(event) => ask(event.target.checked)} data-testid={testId} {...rest} />
      {label}
    </label>
  );
}

/** What is shown of a setting: what was asked for, until the room says so or refuses. */
function useWish<T>(value: T, onChange: (wanted: T) => Promise<boolean>): [shown: T, ask: (wanted: T) => void] {
  const [wish, setWish] = useState<{ wanted: T; before: T } | null>(null);
  const isOpen = wish !== null && wish.before === value;
  function ask(wanted: T) {
    setWish({ wanted, before: value });
    void onChange(wanted).then((done) => {
      if (!done) setWish(null);
    });
  }
  return [isOpen ? wish.wanted : value, ask];
}

/** The caller's playlists; none for a guest, or until they are here. */
function usePlaylists(): { id: string; name: string }[] {
  const [found, setFound] = useState<{ id: string; name: string }[]>([]);
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  useEffect(() => {
    if (isGuest) return;
    let isOld = false;
    rest
      .call<{ id: string; name: string }[]>("GET", "/playlists?limit=100&sort=name&order=asc")
      .then(({ data }) => {
        if (!isOld) setFound(data);
      })
      .catch(() => undefined); // the rest of the menu works without
    return () => {
      isOld = true;
    };
  }, [isGuest]);
  return found;
}

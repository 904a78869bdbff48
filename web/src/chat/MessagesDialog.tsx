import type { Message } from "@veza/client";
import { useCallback, useEffect, useId, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { currentLocale } from "../i18n";
import { useRoom, useRoomView } from "../room/useRoom";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { dayName, timeOfDay } from "../shell/format";
import { complain } from "../shell/toasts";
import { useHidden } from "./hidden";

/** Messages in a list, as search, pins and threads show them. Test id: `found-message`. */
function MessageLines({ messages }: { messages: readonly Message[] }) {
  const { t } = useTranslation();
  const hidden = useHidden((store) => store.ids);
  const locale = currentLocale();
  return (
    <ol className="found-messages">
      {messages
        .filter((message) => !hidden.has(message.sender_id))
        .map((message) => (
          <li key={message.id} data-testid="found-message">
            <p className="small-text faint">
              <strong>{message.sender.display_name || message.sender.username}</strong> · {dayName(message.created_at, locale)} {timeOfDay(message.created_at, locale)}
            </p>
            <p className="message-text">{message.is_deleted ? t("chat.deleted") : message.content || message.attachments?.map(({ filename }) => filename).join(", ")}</p>
          </li>
        ))}
    </ol>
  );
}

/** Test ids: `search-dialog`, `search-input`, `found-message`. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const [words, setWords] = useState("");
  const [found, setFound] = useState<Message[] | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();

  async function search(event: FormEvent) {
    event.preventDefault();
    if (!words.trim()) return;
    setBusy(true);
    try {
      setFound(await state.search(words.trim()));
    } catch (error) {
      complain(t("chat.search"), error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog title={t("chat.search")} onClose={onClose} testId="search-dialog">
      <form className="search-form" role="search" onSubmit={(event) => void search(event)}>
        <label className="label" htmlFor={id}>
          {t("chat.searchWords")}
        </label>
        <input id={id} data-first className="input" type="text" enterKeyHint="search" maxLength={200} value={words} onChange={(event) => setWords(event.target.value)} data-testid="search-input" />
        <Button type="submit" look="primary" icon="search" busy={busy} data-testid="search-send">
          {t("chat.search")}
        </Button>
      </form>
      <div aria-live="polite">
        {found && <p className="small-text faint">{t("chat.found", { count: found.length })}</p>}
        {found && <MessageLines messages={found} />}
      </div>
    </Dialog>
  );
}

/** Those that the room came with, and the rest where there are too many long ones. Test ids: `pins-dialog`, `found-message`. */
export function PinsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const hub = useHub((state) => state.hub);
  const pinned = useRoomView((view) => view.pinned);
  const [rest, setRest] = useState<Message[]>([]);
  const known = pinned.length;

  useEffect(() => {
    let isOpen = true;
    async function load() {
      const found: Message[] = [];
      for (let more = true; more && isOpen; ) {
        const page = await hub?.connection.request("message:pinned_list", { room_id: roomId, skip: known + found.length });
        found.push(...(page?.messages ?? []));
        more = page?.has_more ?? false;
      }
      if (isOpen) setRest(found);
    }
    load().catch((error: unknown) => complain(t("chat.pinned"), error));
    return () => {
      isOpen = false;
    };
  }, [hub, roomId, known, t]);

  const all = [...pinned, ...rest.filter(({ id }) => !pinned.some((pin) => pin.id === id))];
  return (
    <Dialog title={t("chat.pinned")} onClose={onClose} testId="pins-dialog">
      {all.length === 0 ? <p className="faint">{t("chat.noPins")}</p> : <MessageLines messages={all} />}
    </Dialog>
  );
}

/** A message and its answers, and a field for one more. Test ids: `thread-dialog`, `thread-input`. */
export function ThreadDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const rootId = message.thread_id ?? message.id;
  const root = useRoomView((view) => view.messages.find(({ id }) => id === rootId));
  const heard = useRoomView((view) => view.messages.filter(({ thread_id, delivery }) => thread_id === rootId && delivery === "sent").length);
  const [answers, setAnswers] = useState<Message[]>([]);
  const [text, setText] = useState("");
  const load = useCallback(async () => setAnswers(await state.thread(rootId)), [state, rootId]);

  useEffect(() => void load().catch((error: unknown) => complain(t("chat.thread"), error)), [load, heard, t]);

  async function send(event: FormEvent) {
    event.preventDefault();
    const content = text.trim();
    if (!content) return;
    setText("");
    await state.send(content, { threadId: rootId }).catch((error: unknown) => complain(t("chat.failed"), error));
  }

  return (
    <Dialog title={t("chat.thread")} onClose={onClose} testId="thread-dialog">
      <MessageLines messages={[...(root ? [root] : []), ...answers]} />
      <form className="search-form" onSubmit={(event) => void send(event)}>
        <input data-first className="input" aria-label={t("chat.replyInThread")} placeholder={t("chat.replyInThread")} value={text} maxLength={4000} onChange={(event) => setText(event.target.value)} data-testid="thread-input" />
        <Button type="submit" look="primary" icon="send" disabled={!text.trim()}>
          {t("chat.send")}
        </Button>
      </form>
    </Dialog>
  );
}

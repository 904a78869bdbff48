import type { Attachment } from "@veza/client";
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { rest } from "../account/session";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { complain } from "../shell/toasts";
import { useDraft } from "./draft";
import { nameAt, suggestions, withName } from "./mentions";
import { TypingLine } from "./TypingLine";

const MOST_CHARS = 4000;
const WARN_FROM = 200;
const MOST_FILES = 10;

/**
 * Where one writes. Enter sends, Shift+Enter makes a line, Escape gives an answer or an edit up; after an @
 * arrows and Enter choose a name. Test ids: `chat-form`, `chat-input`, `chat-send`, `chat-attach`,
 * `chat-target`, `mention-list`, `draft-file`.
 */
export function Composer() {
  const { t } = useTranslation();
  const { state, player, roomId } = useRoom();
  const me = useMyId();
  const isMember = useRoomView((view) => Boolean(view.room?.my));
  const members = useRoomView((view) => view.members);
  const told = useHub((store) => store.hub?.connection.hello?.limits["message_chars"]);
  const most = typeof told === "number" ? told : MOST_CHARS;
  const { replyTo, editing, clear } = useDraft();
  const [text, setText] = useState("");
  const [files, setFiles] = useState<Attachment[]>([]);
  const [sending, setSending] = useState(0);
  const [named, setNamed] = useState<string | null>(null);
  const [pick, setPick] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const over = Array.from(text).length - most;
  const offered = named === null ? [] : suggestions(Object.values(members), named, me);

  useEffect(() => {
    if (editing) setText(editing.content);
    if (editing || replyTo) field.current?.focus();
  }, [editing, replyTo]);
  useEffect(() => clear, [clear, roomId]);

  function send(event: FormEvent) {
    event.preventDefault();
    const content = text.trim();
    if ((!content && files.length === 0) || over > 0 || sending > 0) return;
    setText("");
    clear();
    if (editing) {
      state.edit(editing, content).catch((error: unknown) => complain(t("chat.edit"), error));
      return;
    }
    setFiles([]);
    const { playback } = state.getSnapshot();
    const moment = playback?.item_id && playback.status === "playing" ? { moment: { item_id: playback.item_id, position_ms: Math.round(player.positionMs()) } } : {};
    const reply = replyTo ? { replyToId: replyTo.id } : {};
    const attached = files.length > 0 ? { attachments: files } : {};
    state.send(content, { ...moment, ...reply, ...attached }).catch(() => undefined); // the message itself shows what went wrong
  }

  async function attach(chosen: readonly File[]) {
    for (const file of chosen.slice(0, MOST_FILES - files.length)) {
      setSending((count) => count + 1);
      try {
        const attachment = await rest.attach(roomId, file);
        setFiles((old) => [...old, attachment]);
      } catch (error) {
        complain(t("chat.attachFailed", { name: file.name }), error);
      } finally {
        setSending((count) => count - 1);
      }
    }
  }

  function choose(username: string) {
    const cursor = field.current?.selectionStart ?? text.length;
    const next = withName(text, cursor, username);
    setText(next.text);
    setNamed(null);
    requestAnimationFrame(() => field.current?.setSelectionRange(next.cursor, next.cursor));
  }

  function giveUp() {
    if (editing) setText("");
    clear();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const chosen = offered[pick % Math.max(1, offered.length)];
    if (chosen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setPick((pick + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length);
    } else if (chosen && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      choose(chosen.username);
    } else if (event.key === "Escape") {
      if (offered.length > 0) setNamed(null);
      else giveUp();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.current?.requestSubmit();
    }
  }

  return (
    <div className="composer">
      <TypingLine />
      {(replyTo ?? editing) && (
        <p className="composer-target small-text" data-testid="chat-target">
          <span className="clip">{editing ? t("chat.editing") : t("chat.replyingTo", { name: replyTo?.sender.display_name || replyTo?.sender.username })}</span>
          <IconButton icon="close" size="small" label={t("chat.giveUp")} onClick={giveUp} />
        </p>
      )}
      {(files.length > 0 || sending > 0) && (
        <ul className="draft-files small-text" aria-label={t("chat.attachments")}>
          {files.map((file) => (
            <li key={file.id} data-testid="draft-file">
              <span className="clip">{file.filename}</span>
              <IconButton icon="close" size="small" label={t("chat.detach", { name: file.filename })} onClick={() => setFiles(files.filter(({ id }) => id !== file.id))} />
            </li>
          ))}
          {sending > 0 && (
            <li>
              <span className="spinner" role="status" aria-label={t("chat.attaching")} />
            </li>
          )}
        </ul>
      )}
      {offered.length > 0 && (
        <ul id="mention-list" className="mention-list" role="listbox" aria-label={t("chat.people")} data-testid="mention-list">
          {offered.map((member, index) => (
            // Chosen from the field with arrows and Enter (aria-activedescendant).
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <li key={member.user_id} id={`mention-${index}`} role="option" tabIndex={-1} aria-selected={index === pick % offered.length} onMouseDown={(event) => event.preventDefault()} onClick={() => choose(member.username)}>
              <strong>{member.display_name || member.username}</strong> <span className="faint">@{member.username}</span>
            </li>
          ))}
        </ul>
      )}
      <form ref={form} onSubmit={send} data-testid="chat-form">
        <input
          ref={picker}
          type="file"
          hidden
          multiple
          accept="image/jpeg,image/png,image/webp,image/gif,audio/*,.weba,.webm"
          data-testid="chat-file"
          onChange={(event) => {
            void attach([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
        <IconButton icon="plus" label={t("chat.attach")} disabled={!isMember || Boolean(editing)} onClick={() => picker.current?.click()} data-testid="chat-attach" />
        <textarea
          ref={field}
          className="input"
          rows={1}
          value={text}
          disabled={!isMember}
          aria-label={t("chat.placeholder")}
          placeholder={t(isMember ? "chat.placeholder" : "chat.joinToWrite")}
          aria-invalid={over > 0 || undefined}
          aria-autocomplete="list"
          aria-controls={offered.length > 0 ? "mention-list" : undefined}
          aria-activedescendant={offered.length > 0 ? `mention-${pick % offered.length}` : undefined}
          enterKeyHint="send"
          onChange={(event) => {
            setText(event.target.value);
            setNamed(nameAt(event.target.value, event.target.selectionStart));
            setPick(0);
            if (event.target.value.trim()) state.typing();
          }}
          onBlur={() => setNamed(null)}
          onKeyDown={onKeyDown}
          data-testid="chat-input"
        />
        <IconButton icon={editing ? "check" : "send"} type="submit" label={t(editing ? "chat.saveEdit" : "chat.send")} solid disabled={(!text.trim() && files.length === 0) || over > 0 || sending > 0} data-testid="chat-send" />
      </form>
      {over > -WARN_FROM && (
        <p className={over > 0 ? "composer-count wrong numbers" : "composer-count faint numbers"} role="status">
          {over > 0 ? t("chat.tooLong", { count: over }) : -over}
        </p>
      )}
    </div>
  );
}

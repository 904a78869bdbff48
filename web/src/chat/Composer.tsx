import { useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { useRoom, useRoomView } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { TypingLine } from "./TypingLine";

const MOST_CHARS = 4000;
const WARN_FROM = 200;

/** Where one writes. Enter sends, Shift+Enter makes a line. Test ids: `chat-form`, `chat-input`, `chat-send`. */
export function Composer() {
  const { t } = useTranslation();
  const { state, player } = useRoom();
  const isMember = useRoomView((view) => Boolean(view.room?.my));
  const told = useHub((store) => store.hub?.connection.hello?.limits["message_chars"]);
  const most = typeof told === "number" ? told : MOST_CHARS;
  const [text, setText] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const over = Array.from(text).length - most;

  function send(event: FormEvent) {
    event.preventDefault();
    const content = text.trim();
    if (!content || over > 0) return;
    setText("");
    const { playback } = state.getSnapshot();
    const moment = playback?.item_id && playback.status === "playing" ? { moment: { item_id: playback.item_id, position_ms: Math.round(player.positionMs()) } } : {};
    state.send(content, moment).catch(() => undefined); // the message itself shows what went wrong
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    form.current?.requestSubmit();
  }

  return (
    <div className="composer">
      <TypingLine />
      <form ref={form} onSubmit={send} data-testid="chat-form">
        <textarea
          className="input"
          rows={1}
          value={text}
          disabled={!isMember}
          aria-label={t("chat.placeholder")}
          placeholder={t(isMember ? "chat.placeholder" : "chat.joinToWrite")}
          aria-invalid={over > 0 || undefined}
          enterKeyHint="send"
          onChange={(event) => {
            setText(event.target.value);
            if (event.target.value.trim()) state.typing();
          }}
          onKeyDown={onKeyDown}
          data-testid="chat-input"
        />
        <IconButton icon="send" type="submit" label={t("chat.send")} solid disabled={!text.trim() || over > 0} data-testid="chat-send" />
      </form>
      {over > -WARN_FROM && (
        <p className={over > 0 ? "composer-count wrong numbers" : "composer-count faint numbers"} role="status">
          {over > 0 ? t("chat.tooLong", { count: over }) : -over}
        </p>
      )}
    </div>
  );
}

import { useTranslation } from "react-i18next";
import { usePersonName, useRoomView } from "../room/useRoom";

const NAMED = 3;

/** Who writes at the moment. Its line is always there, so nothing jumps. Test id: `typing`. */
export function TypingLine() {
  const { t } = useTranslation();
  const typing = useRoomView((view) => view.typing);
  const name = usePersonName();
  const text =
    typing.length === 0 ? "" : typing.length > NAMED ? t("chat.typingMany") : t("chat.typing", { count: typing.length, names: typing.map(name).join(", ") });
  return (
    <p className="typing faint clip" aria-live="polite" data-testid="typing">
      {text && (
        <span className="typing-dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      )}
      {text}
    </p>
  );
}

import { useTranslation } from "react-i18next";
import { Composer } from "./Composer";
import { MessageList } from "./MessageList";
import "./chat.css";

/** Test ids: `chat`, and those of MessageList and Composer. `shown`: on a phone, its tab is open. */
export function ChatPanel({ shown }: { shown: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="chat" data-testid="chat">
      <header className="panel-head">
        <h2>{t("chat.title")}</h2>
      </header>
      <MessageList shown={shown} />
      <Composer />
    </div>
  );
}

import type { ChatEntry, ReactionCount } from "@veza/client";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../presence/Avatar";
import { useMyId, usePersonName, useRoom, useRoomView } from "../room/useRoom";
import { Dialog } from "../shell/Dialog";
import { complain } from "../shell/toasts";
import { useLongPress } from "../shell/useLongPress";

/**
 * Emoji under a message, pressed when one's own is among them; who they are from shows under the pointer, with
 * the focus, and after a long press. Test ids: `reaction` with `data-emoji`, `reactors`, `reactors-dialog`.
 */
export function Reactions({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  const [listed, setListed] = useState(false);
  const reactions = message.reactions ?? [];
  if (reactions.length === 0) return null;
  return (
    <div className="reactions" role="group" aria-label={t("chat.reactions")}>
      {reactions.map((reaction) => (
        <ReactionButton key={reaction.emoji} message={message} reaction={reaction} onList={() => setListed(true)} />
      ))}
      {listed && <ReactorsDialog reactions={reactions} onClose={() => setListed(false)} />}
    </div>
  );
}

function ReactionButton({ message, reaction: { emoji, count, user_ids }, onList }: { message: ChatEntry; reaction: ReactionCount; onList: () => void }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const me = useMyId();
  const name = usePersonName();
  const isMember = useRoomView((view) => Boolean(view.room?.my));
  const press = useLongPress(onList);
  const id = useId();
  const isMine = user_ids.includes(me);
  const others = count - user_ids.length;
  const names = [...user_ids.map((each) => (each === me ? t("you") : name(each))), ...(others > 0 ? [t("reactors.others", { count: others })] : [])].join(", ");
  return (
    <span className="reaction-spot">
      <button
        type="button"
        className="reaction numbers"
        aria-pressed={isMine}
        aria-describedby={id}
        disabled={!isMember}
        data-testid="reaction"
        data-emoji={emoji}
        {...press.handlers}
        onClick={() => {
          if (!press.wasLong()) state.react(message.id, emoji, !isMine).catch((error: unknown) => complain(t("chat.react"), error));
        }}
      >
        {emoji} {count}
      </button>
      <span id={id} role="tooltip" className="reactors" data-testid="reactors">
        {names}
      </span>
    </span>
  );
}

function ReactorsDialog({ reactions, onClose }: { reactions: readonly ReactionCount[]; onClose: () => void }) {
  const { t } = useTranslation();
  const me = useMyId();
  const name = usePersonName();
  return (
    <Dialog title={t("reactors.title")} onClose={onClose} testId="reactors-dialog">
      {reactions.map(({ emoji, count, user_ids }) => (
        <section key={emoji} className="readers">
          <h3>
            {emoji} <span className="faint numbers">{count}</span>
          </h3>
          <ul>
            {user_ids.map((userId) => (
              <li key={userId}>
                <Avatar userId={userId} name={name(userId)} size={28} />
                <span className="clip">
                  {name(userId)} {userId === me && <span className="faint">({t("you")})</span>}
                </span>
              </li>
            ))}
          </ul>
          {count > user_ids.length && <p className="faint small-text">{t("reactors.others", { count: count - user_ids.length })}</p>}
        </section>
      ))}
    </Dialog>
  );
}

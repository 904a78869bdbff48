import type { QueueEntry } from "@veza/client";
import { memo, useRef, type CSSProperties, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { Cover } from "../catalog/Cover";
import { thumbnailUrl } from "../catalog/track";
import { Avatar } from "../presence/Avatar";
import { useControl, useMyId, useRoom, useRoomView } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { clockTime } from "../shell/format";
import { Icon, type IconName } from "../shell/Icon";
import { complain } from "../shell/toasts";

interface QueueItemProps {
  item: QueueEntry;
  index: number;
  count: number;
  mayReorder: boolean;
  reason: string | undefined;
  style: CSSProperties | undefined;
  isDragged: boolean;
  onGrip: (event: PointerEvent) => void;
  onMove: (to: number) => void;
  onRemove: () => void;
}

/**
 * One entry of the queue. Test ids: `queue-item`, `queue-play`, `queue-up`, `queue-down`, `queue-top`,
 * `queue-remove`, `queue-grip`, `queue-by`; where votes decide the order `queue-vote-up`, `queue-vote-down`,
 * `queue-score`.
 */
export const QueueItem = memo(function QueueItem({ item, index, count, mayReorder, reason, style, isDragged, onGrip, onMove, onRemove }: QueueItemProps) {
  const { t } = useTranslation();
  const { state, player } = useRoom();
  const me = useMyId();
  const play = useControl("play");
  const add = useControl("queue_add");
  const byVotes = useRoomView((view) => view.queue?.order === "votes");
  const row = useRef<HTMLLIElement>(null);
  const isMine = item.added_by.user_id === me;
  const mayRemove = isMine ? add.allowed : mayReorder;
  const by = isMine ? t("queue.byYou") : item.added_by.display_name;

  function move(to: number, button: string) {
    onMove(to);
    // Moving the row in the page drops the focus; a keyboard user goes on from where he was.
    requestAnimationFrame(() => {
      const find = (selector: string) => row.current?.querySelector<HTMLElement>(`${selector}:not(:disabled)`);
      (find(`[data-testid="${button}"]`) ?? find(".icon-button"))?.focus();
    });
  }

  function playNow() {
    void player.unlock();
    state.play({ itemId: item.id, positionMs: 0 }).catch((error: unknown) => complain(t("queue.playNow", { title: item.title }), error));
  }

  const step = (icon: IconName, label: string, testId: string, to: number, disabled: boolean) => (
    <IconButton icon={icon} size="small" label={label} title={mayReorder ? label : reason} disabled={disabled || !mayReorder} onClick={() => move(to, testId)} data-testid={testId} />
  );

  const vote = (icon: IconName, label: string, value: 1 | -1) => (
    <IconButton icon={icon} size="small" label={label} onClick={() => void state.vote(item.id, value).catch((error: unknown) => complain(label, error))} data-testid={value > 0 ? "queue-vote-up" : "queue-vote-down"} />
  );

  return (
    <li ref={row} className="queue-item" style={style} data-dragged={isDragged || undefined} data-pending={item.pending || undefined} data-testid="queue-item" data-item-id={item.id} data-title={item.title}>
      <span
        className="queue-grip"
        data-disabled={!mayReorder || undefined}
        title={mayReorder ? t("queue.drag", { title: item.title }) : reason}
        onPointerDown={mayReorder ? onGrip : undefined}
        aria-hidden="true"
        data-testid="queue-grip"
      >
        <span className="queue-number numbers">{index + 1}</span>
        <Icon name="grip" />
      </span>
      <button className="cover-button" disabled={!play.allowed || !item.ready} title={play.reason} aria-label={t("queue.playNow", { title: item.title })} onClick={playNow} data-testid="queue-play">
        <Cover trackId={item.track_id} url={item.has_cover ? thumbnailUrl(item.track_id) : null} size={44} />
        <span className="cover-action">
          <Icon name="play" />
        </span>
      </button>
      <span className="queue-names">
        <strong className="clip">{item.title}</strong>
        <span className="clip faint small-text">
          {item.artist ?? t("catalog.unknownArtist")}
          {!item.ready && <span className="pill">{t("queue.notReady")}</span>}
        </span>
      </span>
      <span className="queue-by faint small-text" data-testid="queue-by" title={item.added_by.display_name}>
        <Avatar userId={item.added_by.user_id} name={item.added_by.display_name} size={20} />
        <span className="clip">{by}</span>
      </span>
      <span className="queue-length numbers faint small-text">{item.duration_ms ? clockTime(item.duration_ms) : ""}</span>
      <span className="queue-actions" role="group" aria-label={t("queue.actions", { title: item.title })}>
        {byVotes && vote("up", t("queue.voteUp", { title: item.title }), 1)}
        {byVotes && (
          <span className="numbers small-text" aria-label={t("queue.score", { score: item.score })} data-testid="queue-score">
            {item.score}
          </span>
        )}
        {byVotes && vote("down", t("queue.voteDown", { title: item.title }), -1)}
        {!byVotes && step("up", t("queue.moveUp", { title: item.title }), "queue-up", index - 1, index === 0)}
        {!byVotes && step("down", t("queue.moveDown", { title: item.title }), "queue-down", index + 1, index === count - 1)}
        {!byVotes && step("top", t("queue.moveTop", { title: item.title }), "queue-top", 0, index === 0)}
        <IconButton icon="trash" size="small" label={t("queue.remove", { title: item.title })} disabled={!mayRemove} title={mayRemove ? undefined : reason} onClick={onRemove} data-testid="queue-remove" />
      </span>
    </li>
  );
});

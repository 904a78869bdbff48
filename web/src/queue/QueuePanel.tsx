import type { QueueEntry } from "@veza/client";
import { useMemo, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { currentLocale } from "../i18n";
import { useControl, useRoom, useRoomView } from "../room/useRoom";
import { Button, IconButton } from "../shell/Button";
import { lengthInWords } from "../shell/format";
import { Icon } from "../shell/Icon";
import { complain } from "../shell/toasts";
import { AddMusicDialog } from "./AddMusicDialog";
import { PlayedList } from "./PlayedList";
import { QueueItem } from "./QueueItem";
import { QueueMenu } from "./QueueMenu";
import { Suggestions } from "./Suggestions";
import { useReorder } from "./useReorder";
import "./queue.css";

/**
 * What plays next. Test ids: `queue`, `queue-list`, `queue-item` (with `data-item-id`, `data-title`),
 * `queue-add`, `queue-undo`, `queue-settings`, `queue-empty`, and those of QueueItem, AddMusicDialog, Suggestions, QueueMenu, PlayedList.
 */
export function QueuePanel() {
  const { t } = useTranslation();
  const { state } = useRoom();
  const queue = useRoomView((view) => view.queue);
  const add = useControl("queue_add");
  const reorder = useControl("queue_reorder");
  const [open, setOpen] = useState<"add" | "menu" | null>(null);
  const [said, setSaid] = useState("");
  const pending = useMemo(() => queue?.items.filter((item) => item.state === "pending") ?? [], [queue]);
  const lengthMs = pending.reduce((sum, item) => sum + (item.duration_ms ?? 0), 0);

  /** Puts the item at `index` of the list as it is now, counted without the item itself. */
  async function move(item: QueueEntry, index: number) {
    const others = pending.filter((entry) => entry.id !== item.id);
    const before = others[index];
    const after = others[index - 1];
    if (!before && !after) return;
    setSaid(t("queue.moved", { title: item.title, position: index + 1 }));
    try {
      await state.moveItem(item.id, before ? { beforeId: before.id } : { afterId: (after as QueueEntry).id });
    } catch (error) {
      complain(t("queue.moveUp", { title: item.title }), error);
    }
  }

  async function remove(item: QueueEntry) {
    try {
      await state.removeItem(item.id);
      setSaid(t("queue.removed", { title: item.title }));
    } catch (error) {
      complain(t("queue.remove", { title: item.title }), error);
    }
  }

  async function undo() {
    try {
      const undone = await state.undo();
      setSaid(t(`queue.undone.${undone}`));
    } catch (error) {
      complain(t("queue.undo"), error);
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    const isField = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, dialog");
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || isField) return;
    event.preventDefault();
    void undo();
  }

  const drag = useReorder((from, to) => {
    const item = pending[from];
    if (item) void move(item, to);
  });

  return (
    // The panel is no control: the key is a short cut to the button inside it.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="queue" data-testid="queue" onKeyDown={onKeyDown}>
      <header className="panel-head">
        <h2>{t("queue.title")}</h2>
        {pending.length > 0 && (
          <span className="faint small-text numbers">{t("queue.length", { count: pending.length, time: lengthInWords(lengthMs, currentLocale()) })}</span>
        )}
        <Button size="small" icon="plus" disabled={add.isStranger} title={add.reason} onClick={() => setOpen("add")} data-testid="queue-add">
          {t(add.allowed ? "queue.add" : "queue.suggestMusic")}
        </Button>
        <IconButton icon="undo" size="small" label={t("queue.undo")} title={`${t("queue.undo")} (Ctrl+Z)`} disabled={add.isStranger} onClick={() => void undo()} data-testid="queue-undo" />
        <IconButton icon="settings" size="small" label={t("queue.menu")} onClick={() => setOpen("menu")} data-testid="queue-settings" />
      </header>
      <div className="panel-body">
        <Suggestions />
        {pending.length === 0 && (
          <div className="empty" data-testid="queue-empty">
            <Icon name="queue" className="huge" />
            <h3>{t("queue.empty")}</h3>
            <p>{t(add.allowed ? "queue.emptyHint" : "queue.emptyHintHost")}</p>
          </div>
        )}
        <ol className="queue-list" ref={drag.listRef} data-testid="queue-list" data-dragging={drag.from === null ? undefined : ""}>
          {pending.map((item, index) => (
            <QueueItem
              key={item.id}
              item={item}
              index={index}
              count={pending.length}
              mayReorder={reorder.allowed}
              reason={reorder.reason}
              style={drag.styleOf(index)}
              isDragged={drag.from === index}
              onGrip={(event) => drag.start(event, index)}
              onMove={(to) => void move(item, to)}
              onRemove={() => void remove(item)}
            />
          ))}
        </ol>
        {queue && queue.history.length > 0 && <PlayedList history={queue.history} />}
      </div>
      <p className="unseen" role="status" aria-live="polite">
        {said}
      </p>
      {open === "add" && <AddMusicDialog onClose={() => setOpen(null)} />}
      {open === "menu" && <QueueMenu onClose={() => setOpen(null)} />}
    </div>
  );
}

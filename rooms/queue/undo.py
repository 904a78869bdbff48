"""Undo: everybody takes back his own last edit of the queue, whatever others did since.

It is an edit like any other, told by the usual events: what was added goes, what was removed comes
back behind the item it stood behind, with its votes.
"""

from msgspec import Struct
from msgspec.structs import replace

from rooms.errors import Conflict
from rooms.feature import Context, Outcome
from rooms.ids import Uuid
from rooms.playback.controls import room_of
from rooms.playback.turntable import Turntable, conclude, edit_of, edited, on_queue, require_edit
from rooms.queue import edits as queue_edits
from rooms.queue.items import MAX_ITEMS, QueueState, Undoable
from rooms.queue.limits import check_room
from rooms.queue.telling import Edit

MAX_UNDOABLE = 20
"""Edits of a room that can be taken back, those of everybody together."""
UNDO_MS = 10 * 60 * 1000
"""Later than this an edit is history."""


class Undo(Struct, frozen=True, kw_only=True):
    """Take the caller's own last edit back: what he added, moved, removed or cleared."""

    room_id: Uuid
    op_id: Uuid | None = None


class Undone(Struct, frozen=True, kw_only=True):
    """Answer to `queue:undo`."""

    undone: str
    """`add`, `move`, `remove` or `clear`."""
    queue_rev: int


def undo_edit(state: QueueState, command: Undo, context: Context) -> Outcome:
    """Takes back the actor's last edit that still makes a difference.

    Raises:
        Conflict: there is none of the last `UNDO_MS`, or the queue is full.
        Forbidden: he may not edit this queue any more.
    """
    table = on_queue(state, context)
    mine = [
        entry
        for entry in reversed(state.undoable)
        if entry.user_id == context.actor.user_id and context.now_ms - entry.at_ms < UNDO_MS
    ]
    for entry in mine:
        edit = _taken_back(edit_of(table), entry)
        if not edit.events:
            continue  # what he added is playing, what he moved is gone: the edit before, then
        controls = room_of(context).policy.controls
        control = controls.queue_reorder if entry.kind == "move" else controls.queue_add
        require_edit(control, table, context, "edit the queue")
        left = tuple(other for other in state.undoable if other is not entry)
        after = edited(table, replace(edit, queue=replace(edit.queue, undoable=left)))
        data = Undone(undone=entry.kind, queue_rev=after.queue.rev)
        return conclude(table, after, context, "queue", data)
    raise Conflict("There is nothing of yours to undo.")


def remember(table: Turntable, entry: Undoable) -> Turntable:
    """Keeps what it takes to undo an edit that has just been made."""
    kept = (*table.queue.undoable, entry)[-MAX_UNDOABLE:]
    while sum(len(each.items) for each in kept) > MAX_ITEMS:
        kept = kept[1:]
    return replace(table, queue=replace(table.queue, undoable=kept))


def stood_behind(queue: QueueState, item_id: str) -> str | None:
    """Id of the item right before that one; None when it is the first."""
    ids = [item.id for item in queue.items]
    index = ids.index(item_id)
    return ids[index - 1] if index else None


def _taken_back(edit: Edit, entry: Undoable) -> Edit:
    queue = edit.queue
    pending = {item.id for item in queue.pending}
    match entry.kind:
        case "add":
            for item_id in entry.item_ids:
                if item_id in pending:
                    edit = queue_edits.remove(edit, item_id)
        case "move":
            (item_id,) = entry.item_ids
            if item_id in pending and queue.order == "manual":
                others = [item.id for item in queue.pending if item.id != item_id]
                edit = queue_edits.move(edit, item_id, _place(queue, entry.after_id, others))
        case "remove" | "clear":
            gone = [item for item in entry.items if queue.find(item.id) is None]
            if gone:
                check_room(queue, len(gone))
                others = [item.id for item in queue.pending]
                fresh = [replace(item, rank="") for item in gone]
                edit = queue_edits.add(edit, fresh, _place(queue, entry.after_id, others))
    return edit


def _place(queue: QueueState, after_id: str | None, others: list[str]) -> int:
    """Index among `others` behind that item; the front when it has played, the end when removed."""
    if after_id in others:
        return others.index(after_id) + 1
    played = after_id is None or any(item.id == after_id for item in queue.history)
    is_current = queue.current is not None and queue.current.id == after_id
    return 0 if played or is_current else len(others)

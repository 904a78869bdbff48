"""The collaborative queue: one list that many edit, in one order for everybody.

Every command names items by their ids and is applied under the room's lock, so two people who edit
at once both get what they asked for, or an acked no-op where the other was faster.
"""

from collections.abc import Mapping

from rooms.errors import Conflict, Invalid
from rooms.feature import Command, Context, Feature, Limit, Outcome
from rooms.playback.controls import is_dj, room_of
from rooms.playback.timers import Refill
from rooms.playback.turntable import conclude, edit_of, edited, on_queue, require_edit, wake
from rooms.queue import commands as ask
from rooms.queue import edits as queue_edits
from rooms.queue import events as told
from rooms.queue.commands import MAX_ADD
from rooms.queue.items import (
    AddedBy,
    QueueState,
    TrackCard,
    Undoable,
    item_of,
    show_item,
)
from rooms.queue.limits import check_repeats, check_room, check_runs, check_share, find_cards
from rooms.queue.refill import refill_queue
from rooms.queue.saving import SaveQueue, save_queue
from rooms.queue.settings import clear_queue, lock_queue, unlock_queue, update_queue
from rooms.queue.suggestions import (
    ApproveSuggestion,
    RejectSuggestion,
    SuggestItem,
    approve_suggestion,
    reject_suggestion,
    suggest_item,
)
from rooms.queue.undo import Undo, remember, stood_behind, undo_edit
from rooms.queue.uploads import track_failed, track_ready
from rooms.queue.view import QueueView, show_queue
from rooms.queue.votes import vote_item, vote_skip
from rooms.revisions import check_rev
from rooms.room import Controls

__all__ = ["QUEUE", "QueueState", "TrackCard"]


def add_items(state: QueueState, command: ask.AddItems, context: Context) -> Outcome:
    """Queues tracks, and starts them if the music had stopped for want of any.

    `context.rows` is a `Mapping[track_id, TrackCard]` with lower-case ids; a track that is missing
    in it does not exist.

    Raises:
        NotFound, Conflict, Forbidden: see `rooms.queue.limits` and `require_edit`.
    """
    table = on_queue(state, context)
    check_rev(command.if_rev, state.rev)
    require_edit(_controls(context).queue_add, table, context, "add to the queue")
    rows: Mapping[str, TrackCard] = context.rows or {}
    cards = find_cards(command.track_ids, rows)
    check_room(state, len(cards))
    me = AddedBy(context.actor.user_id, context.actor.display_name)
    fresh = tuple(
        item_of(card, item_id, me, context.now_ms)
        for card, item_id in zip(cards, context.ids, strict=False)
    )
    edit = queue_edits.add(edit_of(table), fresh, _index_for(state, command.place))
    if not is_dj(table.playback, context):
        check_share(state, context.actor.user_id, len(cards))
        check_repeats(state, [card.id for card in cards], context.now_ms)
        check_runs(edit.queue, fresh)
    added_ids = tuple(item.id for item in fresh)
    entry = Undoable(context.actor.user_id, "add", context.now_ms, item_ids=added_ids)
    after = wake(remember(edited(table, edit), entry), context)
    ids = {item.id for item in fresh}
    added = tuple(show_item(item) for item in after.queue.items if item.id in ids)
    data = ask.Added(items=added, queue_rev=after.queue.rev)
    return conclude(table, after, context, "queue", data)


def move_item(state: QueueState, command: ask.MoveItem, context: Context) -> Outcome:
    """Moves a pending item next to another one.

    Raises:
        Invalid: not exactly one neighbour, or the item itself.
        Conflict: the queue orders itself, or the item is playing.
    """
    table = on_queue(state, context)
    check_rev(command.if_rev, state.rev)
    require_edit(_controls(context).queue_reorder, table, context, "reorder the queue")
    anchor_id = command.before_id if command.before_id is not None else command.after_id
    if anchor_id is None or (command.before_id is not None and command.after_id is not None):
        raise Invalid.field("before_id", "ONE_OF", "Give either before_id or after_id.")
    if anchor_id.lower() == command.item_id.lower():
        name = "before_id" if command.before_id is not None else "after_id"
        raise Invalid.field(name, "SELF", "An item cannot be moved next to itself.")
    if state.order != "manual":
        raise Conflict(f"This queue is ordered by {_ORDERED_BY[state.order]}, not by hand.")
    item, anchor = state.find(command.item_id), state.find(anchor_id)
    if item is not None and item.state == "playing":
        raise Conflict("This item is playing; it cannot be moved.")
    after = table
    if item is not None and anchor is not None:
        others = [other.id for other in state.pending if other.id != item.id]
        # Next to the playing item, before or behind it, is the front of what waits.
        index = others.index(anchor.id) if anchor.state == "pending" else 0
        if anchor.state == "pending" and command.before_id is None:
            index += 1
        edit = queue_edits.move(edit_of(table), item.id, index)
        if edit.events:
            entry = Undoable(
                context.actor.user_id,
                "move",
                context.now_ms,
                item_ids=(item.id,),
                after_id=stood_behind(state, item.id),
            )
            after = remember(edited(table, edit), entry)
    data = ask.placed(state, after.queue, command.item_id)
    return conclude(table, after, context, "queue", data)


def remove_item(state: QueueState, command: ask.RemoveItem, context: Context) -> Outcome:
    """Removes a pending item: one's own, or any if one may reorder the queue.

    Raises:
        Conflict: the item is playing.
    """
    table = on_queue(state, context)
    check_rev(command.if_rev, state.rev)
    item = state.find(command.item_id)
    controls = _controls(context)
    mine = item is not None and item.added_by.user_id == context.actor.user_id
    may = controls.queue_add if mine else controls.queue_reorder
    require_edit(may, table, context, "remove this from the queue")
    after = table
    if item is not None:
        if item.state == "playing":
            raise Conflict("This item is playing. Skip it instead.")
        entry = Undoable(
            context.actor.user_id,
            "remove",
            context.now_ms,
            items=(item,),
            after_id=stood_behind(state, item.id),
        )
        after = remember(edited(table, queue_edits.remove(edit_of(table), item.id)), entry)
    data = ask.Removed(
        item_id=command.item_id, applied=after is not table, queue_rev=after.queue.rev
    )
    return conclude(table, after, context, "queue", data)


_ORDERED_BY = {"votes": "votes", "fair": "taking turns"}


def _view(state: QueueState, context: Context) -> QueueView:
    return show_queue(state)


def _controls(context: Context) -> Controls:
    return room_of(context).policy.controls


def _index_for(state: QueueState, place: str | ask.After) -> int:
    last = len(state.pending)
    if not isinstance(place, ask.After):
        return 0 if place == "next" else last
    anchor = state.find(place.after_id)
    if anchor is None:
        return last
    return 0 if anchor.state == "playing" else state.pending.index(anchor) + 1


_EDITS = Limit(10, 10)
_VOTES = Limit(20, 10)

QUEUE = Feature(
    name="queue",
    state=QueueState,
    facet="queue",
    beside=("playback",),
    view=_view,
    commands={
        "queue:update": Command(ask.UpdateQueue, update_queue, ids=0, limit=_EDITS),
        "queue:clear": Command(ask.ClearQueue, clear_queue, ids=0, limit=_EDITS),
        "queue:lock": Command(ask.LockQueue, lock_queue, ids=0, limit=_EDITS),
        "queue:unlock": Command(ask.LockQueue, unlock_queue, ids=0, limit=_EDITS),
        "queue:undo": Command(Undo, undo_edit, ids=0, limit=_VOTES),
        "queue:save": Command(SaveQueue, save_queue, role="member", limit=_EDITS),
        "item:add": Command(ask.AddItems, add_items, ids=MAX_ADD, limit=_EDITS),
        "item:move": Command(ask.MoveItem, move_item, ids=0, limit=_VOTES),
        "item:remove": Command(ask.RemoveItem, remove_item, ids=0, limit=_VOTES),
        "item:vote": Command(ask.VoteItem, vote_item, ids=0, limit=_VOTES),
        "item:suggest": Command(SuggestItem, suggest_item, limit=_EDITS),
        "suggestion:approve": Command(ApproveSuggestion, approve_suggestion, limit=_VOTES),
        "suggestion:reject": Command(RejectSuggestion, reject_suggestion, ids=0, limit=_VOTES),
        "skip:vote": Command(ask.VoteSkip, vote_skip, limit=_VOTES, of_listeners=True),
        "item:ready": Command(ask.TrackReady, track_ready, ids=0, internal=True),
        "queue:refill": Command(Refill, refill_queue, ids=2, internal=True),
        "item:failed": Command(ask.TrackFailed, track_failed, internal=True),
    },
    events={
        "queue:updated": told.QueueUpdated,
        "queue:cleared": told.QueueCleared,
        "queue:locked": told.QueueLocked,
        "queue:unlocked": told.QueueUnlocked,
        "queue:advanced": told.QueueAdvanced,
        "item:added": told.ItemAdded,
        "item:moved": told.ItemMoved,
        "item:removed": told.ItemRemoved,
        "item:updated": told.ItemUpdated,
        "suggestion:created": told.SuggestionCreated,
        "suggestion:resolved": told.SuggestionResolved,
        "skip:tallied": told.SkipTallied,
    },
)

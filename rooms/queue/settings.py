"""How a queue goes round and orders itself, who may edit it, and emptying it."""

from msgspec import UNSET

from rooms.errors import FieldError, Invalid, NotFound
from rooms.feature import Context, Outcome
from rooms.playback.controls import require
from rooms.playback.turntable import (
    Turntable,
    conclude,
    edit_of,
    edited,
    on_queue,
    require_steering,
)
from rooms.queue import commands as ask
from rooms.queue import edits as queue_edits
from rooms.queue.items import QueueState, Settings, Undoable, show_limits
from rooms.queue.undo import remember, stood_behind
from rooms.revisions import check_rev


def clear_queue(state: QueueState, command: ask.ClearQueue, context: Context) -> Outcome:
    """Empties what waits. The playing item plays on."""
    table = on_queue(state, context)
    check_rev(command.if_rev, state.rev)
    require_steering(table, context, "clear the queue")
    after = table
    if waiting := state.pending:
        entry = Undoable(
            context.actor.user_id,
            "clear",
            context.now_ms,
            items=waiting,
            after_id=stood_behind(state, waiting[0].id),
        )
        after = remember(edited(table, queue_edits.clear(edit_of(table))), entry)
    return settled(table, after, context)


def lock_queue(state: QueueState, command: ask.LockQueue, context: Context) -> Outcome:
    """Leaves all edits to the host and moderators."""
    table = on_queue(state, context)
    check_rev(command.if_rev, state.rev)
    require("dj", table.playback, context, "lock the queue")
    after = table if state.locked else edited(table, queue_edits.lock(edit_of(table)))
    return settled(table, after, context)


def unlock_queue(state: QueueState, command: ask.LockQueue, context: Context) -> Outcome:
    """Opens the queue to everybody whom the policy allows."""
    table = on_queue(state, context)
    check_rev(command.if_rev, state.rev)
    require("dj", table.playback, context, "unlock the queue")
    after = edited(table, queue_edits.unlock(edit_of(table))) if state.locked else table
    return settled(table, after, context)


def update_queue(state: QueueState, command: ask.UpdateQueue, context: Context) -> Outcome:
    """Changes how the queue goes round and orders itself.

    Raises:
        NotFound: no such playlist; `context.rows` is true when the actor may see it.
        Invalid: a shuffle of a queue that is ordered by votes or fairness.
    """
    table = on_queue(state, context)
    check_rev(command.if_rev, state.rev)
    require_steering(table, context, "change the queue's settings")
    order = command.order or state.order
    shuffle = state.shuffle if command.shuffle is None else command.shuffle
    if order != "manual" and shuffle:
        if command.shuffle:
            raise Invalid.field(
                "shuffle", "NEEDS_MANUAL_ORDER", "Only a queue ordered by hand can be shuffled."
            )
        shuffle = False
    playlist_id = command.fallback_playlist_id
    wanted = Settings(
        repeat=command.repeat or state.repeat,
        shuffle=shuffle,
        order=order,
        limits=command.limits if command.limits is not None else state.limits,
        fallback_playlist_id=state.fallback_playlist_id if playlist_id is UNSET else playlist_id,
        autoplay=command.autoplay or state.autoplay,
    )
    if playlist_id is not UNSET and playlist_id is not None and not context.rows:
        message = "There is no such playlist."
        raise NotFound(message, fields=(FieldError("fallback_playlist_id", "NOT_FOUND", message),))
    edit = queue_edits.update(edit_of(table), wanted, seed=f"{command.room_id}:{state.rev}")
    return settled(table, edited(table, edit), context)


def settled(before: Turntable, after: Turntable, context: Context) -> Outcome:
    """The outcome of a change of settings; its ack holds them all."""
    queue = after.queue
    data = ask.Settings(
        locked=queue.locked,
        repeat=queue.repeat,
        shuffle=queue.shuffle,
        order=queue.order,
        limits=show_limits(queue.limits),
        fallback_playlist_id=queue.fallback_playlist_id,
        autoplay=queue.autoplay,
        queue_rev=queue.rev,
    )
    return conclude(before, after, context, "queue", data)

"""A queue and the playback over it, moved on together.

Rules of both features work on a `Turntable` and end with `conclude`, which is the one place that
tells of a changed transport, prepares the next item and sets the timers. So no rule can forget to
reschedule the end of a track.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rooms.errors import Forbidden
from rooms.feature import Context, Event, Outcome, RunAt
from rooms.playback import barrier
from rooms.playback.controls import allows, host_of, is_dj, require, require_open, room_of
from rooms.playback.state import (
    START_LEAD_MS,
    STOP_LEAD_MS,
    PlaybackPrepared,
    PlaybackState,
    PlaybackView,
    Source,
    show_changed,
    show_playback,
)
from rooms.playback.timers import PREPARE_MS, end_ms, playback_timers, refill_timers
from rooms.queue.advancing import advance
from rooms.queue.events import Reason
from rooms.queue.items import Item, QueueState
from rooms.queue.telling import Edit
from rooms.room import Control

LATE_MS = 5_000
"""A track's end may be noticed this late (a node died and another took its timers over) and the
next item still begins where the last one ended, which is what prepared listeners already play.
Later than that (the hub was down) it starts anew, so that nothing passes unheard."""


class Turntable(Struct, frozen=True):
    """Both slices on their way through one command."""

    queue: QueueState
    playback: PlaybackState
    events: tuple[Event, ...] = ()


def on_queue(state: QueueState, context: Context) -> Turntable:
    """For rules of the queue; a room without playback has a transport that never moves."""
    return Turntable(state, context.slices.get("playback") or PlaybackState())


def on_playback(state: PlaybackState, context: Context) -> Turntable:
    """For rules of the transport; a room without a queue has an empty one."""
    return Turntable(context.slices.get("queue") or QueueState(), state)


def edited(table: Turntable, edit: Edit) -> Turntable:
    """The table after edits of its queue."""
    return replace(table, queue=edit.queue, events=(*table.events, *edit.events))


def edit_of(table: Turntable) -> Edit:
    """Begins an edit of the table's queue."""
    return Edit(table.queue)


def require_edit(control: Control, table: Turntable, context: Context, what: str) -> None:
    """Asks the policy, then the lock, which stops everybody but host and moderators.

    Raises:
        Forbidden: `NOT_HOST` by policy, `FORBIDDEN` by the lock; `what` completes the sentence.
    """
    require(control, table.playback, context, what)
    if table.queue.locked and not is_dj(table.playback, context):
        raise Forbidden("The queue is locked. Ask the host or a moderator to open it.")


def require_steering(table: Turntable, context: Context, what: str) -> None:
    """Lets pass host and moderators; everybody where everybody may play.

    Raises:
        NotHost: for the others; `what` completes the sentence.
        SessionOver: the session has ended.
    """
    require_open(table.playback, context)
    if not allows(room_of(context).policy.controls.play, table.playback, context):
        require("dj", table.playback, context, what)


def upcoming(queue: QueueState) -> Item | None:
    """The first pending item that can be heard; one still being processed lets others pass."""
    return next((item for item in queue.pending if item.playable), None)


def following(queue: QueueState) -> Item | None:
    """What plays when the current item ends by itself; that may be the same item again."""
    if queue.repeat == "one" and queue.current is not None:
        return queue.current
    return upcoming(queue) or (queue.current if queue.repeat == "all" else None)


def play_item(
    table: Turntable,
    context: Context,
    item: Item,
    reason: Reason,
    *,
    position_ms: int = 0,
    sounding: bool = True,
    seamless_at_ms: int | None = None,
) -> Turntable:
    """Makes `item` the current one, and puts the one before it away.

    It begins at `position_ms` as `place` says; an item that is current already begins again.
    """
    queue = table.queue
    if queue.current is None or item.id != queue.current.id:
        goes_round = queue.repeat == "all" and reason in ("ended", "skip")
        copy_id = context.ids[0] if goes_round and queue.current is not None else None
        edit = advance(edit_of(table), item, reason, context.now_ms, copy_id)
        table = edited(table, edit)
    playback = replace(
        barrier.lifted(table.playback),
        item_id=item.id,
        track_id=item.track_id,
        duration_ms=item.duration_ms or 0,
        ran_dry=False,
        prepared_id=None,
    )
    playback = place(
        playback, context, position_ms, sounding=sounding, seamless_at_ms=seamless_at_ms
    )
    return replace(table, playback=playback)


def place(
    playback: PlaybackState,
    context: Context,
    position_ms: int,
    *,
    sounding: bool,
    seamless_at_ms: int | None = None,
    wait: bool = True,
) -> PlaybackState:
    """Puts the needle at `position_ms` of the current item.

    It is paused there unless `sounding`. A start waits for the listeners if the room's policy and
    `wait` say so; with `seamless_at_ms` it is set for exactly that time, where the item before it
    ends, and waits for nobody.

    What was promised before is not overtaken: a change takes effect no earlier than the last one
    did, so no listener jumps over a piece of time that others heard.
    """
    base = replace(
        barrier.lifted(playback), rev=playback.rev + 1, position_ms=position_ms, prepared_id=None
    )
    if not sounding:
        return replace(base, status="paused", at_ms=effective_ms(playback, context, STOP_LEAD_MS))
    if seamless_at_ms is not None:
        return replace(base, status="playing", at_ms=seamless_at_ms)
    if wait and (users := barrier.asked(context)):
        held = replace(base, at_ms=effective_ms(playback, context, STOP_LEAD_MS))
        return barrier.wait(held, users, context)
    at_ms = effective_ms(playback, context, START_LEAD_MS)
    return replace(base, status="playing", at_ms=at_ms)


def run_out(table: Turntable, context: Context, reason: Reason, *, at_ms: int) -> Turntable:
    """Puts the current item away with nothing after it: the session has ended for now."""
    edit = advance(edit_of(table), None, reason, context.now_ms, None)
    playback = table.playback
    ended = replace(
        barrier.lifted(playback),
        rev=playback.rev + 1,
        item_id=None,
        track_id=None,
        duration_ms=0,
        status="ended",
        position_ms=0,
        at_ms=max(at_ms, playback.at_ms),
        ran_dry=playback.status in ("playing", "waiting"),
        prepared_id=None,
    )
    return replace(edited(table, edit), playback=ended)


def skip(table: Turntable, context: Context, reason: Reason) -> Turntable:
    """Goes on to the next item by somebody's wish (or because this one fails), now.

    A paused session stays paused, at the start of the next item. Repeat `one` is for an end, not
    for a skip; repeat `all` with nothing else to play begins the same item again.
    """
    queue, playback = table.queue, table.playback
    sounding = playback.status != "paused"
    item = upcoming(queue)
    if item is None and queue.repeat == "all" and reason == "skip":
        item = queue.current
    if item is None:
        at_ms = context.now_ms + STOP_LEAD_MS if sounding else context.now_ms
        return run_out(table, context, reason, at_ms=at_ms)
    return play_item(table, context, item, reason, sounding=sounding)


def wake(table: Turntable, context: Context) -> Turntable:
    """Starts what can be heard now, if the music stopped only because nothing was left.

    Whoever let the queue run dry wanted music; the next thing added is the answer to the silence.
    After a pause, or in a session that never began, adding starts nothing.
    """
    item = upcoming(table.queue)
    if table.playback.status != "ended" or not table.playback.ran_dry or item is None:
        return table
    return play_item(table, context, item, "start")


def view(table: Turntable, context: Context) -> PlaybackView:
    """The transport as an ack holds it."""
    host_id = host_of(table.playback, context.room)
    return show_playback(table.playback, table.queue.rev, host_id)


def effective_ms(playback: PlaybackState, context: Context, lead_ms: int) -> int:
    """When a change made now takes effect: `lead_ms` from now, but never before the last change."""
    return max(context.now_ms + lead_ms, playback.at_ms)


def conclude(
    before: Turntable,
    after: Turntable,
    context: Context,
    own: Literal["queue", "playback"],
    data: Struct | None,
) -> Outcome:
    """The outcome of a rule that went from one table to another."""
    changed = after.playback.rev != before.playback.rev
    events = after.events
    if changed:
        told = show_changed(after.playback, after.queue.rev)
        events = (*events, Event("playback:changed", told))
    prepared = _to_prepare(after, context.now_ms)
    playback = after.playback
    if prepared is not None:
        events = (*events, Event("playback:prepared", prepared))
        playback = replace(playback, prepared_id=prepared.item_id)
    mine, other = (after.queue, playback) if own == "queue" else (playback, after.queue)
    other_name = "playback" if own == "queue" else "queue"
    other_before = before.playback if own == "queue" else before.queue
    return Outcome(
        state=mine,
        events=events,
        data=data,
        later=(*_timers(before, after, context), *_refill(before, after, context)),
        beside={} if other is other_before else {other_name: other},
    )


def _timers(before: Turntable, after: Turntable, context: Context) -> tuple[RunAt, ...]:
    if after.playback.rev == before.playback.rev:
        return ()
    return playback_timers(before.playback, after.playback, context)


def _refill(before: Turntable, after: Turntable, context: Context) -> tuple[RunAt, ...]:
    then, now = (before.queue, before.playback), (after.queue, after.playback)
    return refill_timers(then, now, context)


def _to_prepare(table: Turntable, now_ms: int) -> PlaybackPrepared | None:
    """What listeners should load now: the next item, when the end is near and it is news."""
    due_ms, item = end_ms(table.playback), following(table.queue)
    if due_ms is None or item is None or item.id == table.playback.prepared_id:
        return None
    if not due_ms - PREPARE_MS <= now_ms <= due_ms - START_LEAD_MS:
        return None
    return PlaybackPrepared(
        item_id=item.id,
        track_id=item.track_id,
        position_ms=0,
        sources=(Source("hls", f"/api/v1/tracks/{item.track_id}/hls/master.m3u8"),),
        deadline_ms=due_ms,
    )

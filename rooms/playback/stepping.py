"""From item to item: next, back, and by itself at an item's end."""

from msgspec.structs import replace

from rooms.errors import Conflict
from rooms.feature import Context, Outcome
from rooms.playback import commands as ask
from rooms.playback.controls import require
from rooms.playback.positions import controls_of, is_current, placed, wanted_item
from rooms.playback.state import START_LEAD_MS, PlaybackState, line_of
from rooms.playback.timeline import anchor_at
from rooms.playback.timers import PREPARE_MS, Due, end_ms
from rooms.playback.turntable import (
    LATE_MS,
    conclude,
    following,
    on_playback,
    play_item,
    run_out,
    skip,
    view,
)
from rooms.revisions import check_rev

RESTART_AFTER_MS = 3_000
"""`previous` this far into an item begins it again; before that it goes to the one before, as the
buttons of every player do."""


def go_next(state: PlaybackState, command: ask.Step, context: Context) -> Outcome:
    """Skips the current item.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Conflict, TrackProcessing: there is nothing to go to, or not yet.
    """
    table = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    require(controls_of(context).skip, state, context, "skip")
    after = table
    if not is_current(table.queue, command.item_id):
        pass  # somebody else was quicker
    elif table.queue.current is None:
        item = wanted_item(table.queue, None)
        after = play_item(table, context, item, "start")
    else:
        after = skip(table, context, "skip")
    return conclude(table, after, context, "playback", view(after, context))


def go_previous(state: PlaybackState, command: ask.Step, context: Context) -> Outcome:
    """Begins the current item again, or goes back to the one before when it has just begun.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Conflict: nothing was played yet.
    """
    table = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    require(controls_of(context).skip, state, context, "skip")
    queue, after = table.queue, table
    sounding = state.status != "paused" or queue.current is None
    before = next((item for item in reversed(queue.history) if item.playable), None)
    position_ms = anchor_at(line_of(state), context.now_ms)
    if queue.current is None and before is None:
        raise Conflict("Nothing was played here yet.")
    if is_current(queue, command.item_id):
        if before is not None and (queue.current is None or position_ms < RESTART_AFTER_MS):
            after = play_item(table, context, before, "previous", sounding=sounding)
        else:
            after = placed(table, context, 0, sounding=sounding)
    return conclude(table, after, context, "playback", view(after, context))


def ended(state: PlaybackState, command: Due, context: Context) -> Outcome:
    """The current item has played to its end (timer `playback.end`).

    When listeners were told what comes (`playback:prepared`), it begins at the very ms in which
    this one ended, without a gap. Otherwise it gets the usual lead: nobody misses its start.
    """
    table = on_playback(state, context)
    due_ms = end_ms(state)
    if due_ms is None or command.rev != state.rev:
        return Outcome(state, data=view(table, context))
    item = following(table.queue)
    if item is None:
        after = run_out(table, context, "ended", at_ms=due_ms)
    else:
        told = item.id == state.prepared_id and context.now_ms - due_ms <= LATE_MS
        start_ms = due_ms if told else context.now_ms + START_LEAD_MS
        after = play_item(table, context, item, "ended", seamless_at_ms=start_ms)
    return conclude(table, after, context, "playback", view(after, context))


def prepare(state: PlaybackState, command: Due, context: Context) -> Outcome:
    """The end is near: listeners are told what to load (timer `playback.prepare`)."""
    table = on_playback(state, context)
    due_ms = end_ms(state)
    if due_ms is None or command.rev != state.rev:
        return Outcome(state)
    # Another node's clock may have fired it a little early.
    at_ms = max(context.now_ms, due_ms - PREPARE_MS)
    return conclude(table, table, replace(context, now_ms=at_ms), "playback", None)

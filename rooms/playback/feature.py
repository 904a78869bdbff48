"""Co-listening: one shared timeline, moved by commands that take effect a moment later.

Everybody hears the same because nobody is told "now": each change names the server time from which
it holds. The hub ends tracks itself, so a session goes on without its host and without any client.
"""

from math import isfinite
from typing import Any

from msgspec.structs import replace

from rooms.errors import Conflict, HubError, Invalid, NotFound
from rooms.feature import Command, Context, Feature, Limit, Outcome
from rooms.playback import commands as ask
from rooms.playback.commands import MAX_RATE, MIN_RATE
from rooms.playback.controls import host_of, require, room_of
from rooms.playback.host import HostChanged, claim_host, seat_first, transfer_host
from rooms.playback.host_loss import HostLost, lose_host, replace_host
from rooms.playback.readiness import buffering, deadline, ready
from rooms.playback.state import (
    START_LEAD_MS,
    STOP_LEAD_MS,
    PlaybackChanged,
    PlaybackPrepared,
    PlaybackState,
    PlaybackView,
    line_of,
    show_playback,
)
from rooms.playback.timeline import RATE_DIGITS, anchor_at
from rooms.playback.timers import PREPARE_MS, Due, end_ms
from rooms.playback.turntable import (
    LATE_MS,
    Turntable,
    conclude,
    effective_ms,
    following,
    on_playback,
    place,
    play_item,
    run_out,
    skip,
    upcoming,
    view,
)
from rooms.queue.items import Item, QueueState
from rooms.revisions import check_rev
from rooms.room import Controls

__all__ = ["PLAYBACK", "PlaybackState"]

RESTART_AFTER_MS = 3_000
"""`previous` this far into an item begins it again; before that it goes to the one before, as the
buttons of every player do."""


class TrackProcessing(HubError):
    """The item cannot be heard yet; it will be once its track has been processed."""

    status = 422
    temporary = True
    default_code = "TRACK_PROCESSING"


def play(state: PlaybackState, command: ask.Play, context: Context) -> Outcome:
    """Resumes the current item, or starts another one.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Conflict: there is nothing to play.
        TrackProcessing: what there is cannot be heard yet.
        NotFound, Invalid: no such item; a position outside of it.
    """
    before = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    table = seat_first(before, context)
    controls = _controls(context)
    require(controls.play, table.playback, context, "play and pause")
    current = table.queue.current
    item = _wanted(table.queue, command.item_id)
    position_ms = _position(command.position_ms, item)
    if command.rate is not None:
        table = replace(table, playback=_at_rate(table.playback, command.rate, context))
    if current is None:
        table = play_item(table, context, item, "start", position_ms=position_ms or 0)
    elif item.id != current.id:
        require(controls.skip, table.playback, context, "skip")
        table = play_item(table, context, item, "skip", position_ms=position_ms or 0)
    elif position_ms is not None:
        require(controls.seek, table.playback, context, "seek")
        table = _placed(table, context, position_ms, sounding=True)
    elif table.playback.status == "paused":
        table = _placed(table, context, table.playback.position_ms, sounding=True, wait=False)
    return conclude(before, table, context, "playback", view(table, context))


def pause(state: PlaybackState, command: ask.Pause, context: Context) -> Outcome:
    """Stops the sound; a session that is silent already stays as it is.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Invalid: a position outside the item.
    """
    table = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    controls = _controls(context)
    require(controls.play, state, context, "play and pause")
    item, after = table.queue.current, table
    if command.position_ms is not None and item is not None:
        require(controls.seek, state, context, "seek")
        position_ms = _position(command.position_ms, item)
        if state.status != "paused" or position_ms != state.position_ms:
            after = _placed(table, context, position_ms or 0, sounding=False)
    elif state.status in ("playing", "waiting"):
        at_ms = effective_ms(state, context, STOP_LEAD_MS)
        after = _placed(table, context, anchor_at(line_of(state), at_ms), sounding=False)
    return conclude(table, after, context, "playback", view(after, context))


def seek(state: PlaybackState, command: ask.Seek, context: Context) -> Outcome:
    """Goes to another position, playing on if it was playing.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Conflict: there is no current item.
        Invalid: a position outside of it.
    """
    table = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    require(_controls(context).seek, state, context, "seek")
    current = table.queue.current
    if current is None:
        raise Conflict("Nothing is playing, so there is nowhere to go to.")
    after = table
    if command.item_id is None or command.item_id.lower() == current.id:
        position_ms = _position(command.position_ms, current)
        sounding = state.status in ("playing", "waiting")
        after = _placed(table, context, position_ms or 0, sounding=sounding)
    return conclude(table, after, context, "playback", view(after, context))


def go_next(state: PlaybackState, command: ask.Step, context: Context) -> Outcome:
    """Skips the current item.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Conflict, TrackProcessing: there is nothing to go to, or not yet.
    """
    table = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    require(_controls(context).skip, state, context, "skip")
    after = table
    if table.queue.current is None:
        item = _wanted(table.queue, None)
        after = play_item(table, context, item, "start")
    elif _is_current(table.queue, command.item_id):
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
    require(_controls(context).skip, state, context, "skip")
    queue, after = table.queue, table
    sounding = state.status != "paused" or queue.current is None
    before = next((item for item in reversed(queue.history) if item.playable), None)
    position_ms = anchor_at(line_of(state), context.now_ms)
    if queue.current is None and before is None:
        raise Conflict("Nothing was played here yet.")
    if _is_current(queue, command.item_id):
        if before is not None and (queue.current is None or position_ms < RESTART_AFTER_MS):
            after = play_item(table, context, before, "previous", sounding=sounding)
        else:
            after = _placed(table, context, 0, sounding=sounding)
    return conclude(table, after, context, "playback", view(after, context))


def set_rate(state: PlaybackState, command: ask.SetRate, context: Context) -> Outcome:
    """Changes the speed for everybody.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Invalid: a rate outside 0.5 to 2.
    """
    table = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    require(_controls(context).play, state, context, "change the speed")
    after = replace(table, playback=_at_rate(state, command.rate, context))
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


def _view(state: PlaybackState, context: Context) -> PlaybackView:
    queue: QueueState = context.slices.get("queue") or QueueState()
    return show_playback(state, queue.rev, host_of(state, context.room))


def _controls(context: Context) -> Controls:
    return room_of(context).policy.controls


def _wanted(queue: QueueState, item_id: str | None) -> Item:
    """The item to play: the one named, else the current one, else the first that can be heard."""
    item = queue.find(item_id) if item_id is not None else queue.current or upcoming(queue)
    if item_id is not None and item is None:
        raise NotFound("This item is not in the queue any more.")
    if item is None and not queue.pending:
        raise Conflict("There is nothing to play: the queue is empty. Add a track first.")
    if item is None or not item.playable:
        raise TrackProcessing("This track is still being processed. It can be played soon.")
    return item


def _is_current(queue: QueueState, item_id: str | None) -> bool:
    """True when the caller names the current item, or none."""
    if item_id is None:
        return True
    return queue.current is not None and queue.current.id == item_id.lower()


def _position(position_ms: float | None, item: Item) -> int | None:
    """A position as the timeline counts it.

    Raises:
        Invalid: it is no number, negative, or beyond the end of the item.
    """
    if position_ms is None:
        return None
    if not isfinite(position_ms) or position_ms < 0:
        raise Invalid.field("position_ms", "NOT_A_POSITION", "A position is a number from 0 on.")
    whole_ms = round(position_ms)
    if whole_ms > (item.duration_ms or 0):
        raise Invalid.field(
            "position_ms",
            "BEYOND_END",
            f"The track ends at {item.duration_ms} ms; this is beyond.",
        )
    return whole_ms


def _at_rate(state: PlaybackState, rate: float, context: Context) -> PlaybackState:
    """The state at another speed; the position goes on where it is.

    Raises:
        Invalid: the rate is no number or outside its bounds.
    """
    if not isfinite(rate) or not MIN_RATE <= rate <= MAX_RATE:
        raise Invalid.field("rate", "OUT_OF_RANGE", f"A rate is {MIN_RATE} to {MAX_RATE}.")
    rate = round(rate, RATE_DIGITS)
    if rate == state.rate:
        return state
    changed = replace(state, rev=state.rev + 1, rate=rate, prepared_id=None)
    if state.status != "playing":
        return changed
    at_ms = effective_ms(state, context, START_LEAD_MS)
    return replace(changed, at_ms=at_ms, position_ms=anchor_at(line_of(state), at_ms))


def _placed(table: Turntable, context: Context, position_ms: int, **how: Any) -> Turntable:
    return replace(table, playback=place(table.playback, context, position_ms, **how))


_LIMIT = Limit(10, 5)
_FAULTS = (Conflict, TrackProcessing)

PLAYBACK = Feature(
    name="playback",
    state=PlaybackState,
    facet="playback",
    beside=("queue",),
    view=_view,
    commands={
        "playback:play": Command(ask.Play, play, limit=_LIMIT, errors=_FAULTS),
        "playback:pause": Command(ask.Pause, pause, ids=0, limit=_LIMIT),
        "playback:seek": Command(ask.Seek, seek, ids=0, limit=_LIMIT),
        "playback:next": Command(ask.Step, go_next, limit=_LIMIT, errors=_FAULTS),
        "playback:previous": Command(ask.Step, go_previous, limit=_LIMIT),
        "playback:set_rate": Command(ask.SetRate, set_rate, ids=0, limit=_LIMIT),
        "playback:ready": Command(ask.Buffered, ready, ids=0, limit=_LIMIT),
        "playback:buffering": Command(ask.Buffered, buffering, ids=0, limit=_LIMIT),
        "host:transfer": Command(ask.TransferHost, transfer_host, ids=0, limit=_LIMIT),
        "host:claim": Command(ask.ClaimHost, claim_host, ids=0, limit=_LIMIT),
        "host:lost": Command(HostLost, lose_host, role=None, ids=0, internal=True),
        "host:replace": Command(HostLost, replace_host, role=None, ids=0, internal=True),
        "playback:ended": Command(Due, ended, role=None, internal=True),
        "playback:prepare": Command(Due, prepare, role=None, ids=0, internal=True),
        "playback:deadline": Command(Due, deadline, role=None, ids=0, internal=True),
    },
    events={
        "playback:changed": PlaybackChanged,
        "playback:prepared": PlaybackPrepared,
        "host:changed": HostChanged,
    },
)

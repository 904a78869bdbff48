"""Play, pause, seek, speed: what moves the needle within an item."""

from msgspec.structs import replace

from rooms.errors import Conflict
from rooms.feature import Context, Outcome
from rooms.playback import commands as ask
from rooms.playback.controls import require
from rooms.playback.host import seat_first
from rooms.playback.positions import at_rate, controls_of, placed, position_in, wanted_item
from rooms.playback.state import STOP_LEAD_MS, PlaybackState, line_of
from rooms.playback.timeline import anchor_at
from rooms.playback.turntable import conclude, effective_ms, on_playback, play_item, view
from rooms.revisions import check_rev


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
    controls = controls_of(context)
    require(controls.play, table.playback, context, "play and pause")
    current = table.queue.current
    item = wanted_item(table.queue, command.item_id)
    position_ms = position_in(command.position_ms, item)
    if command.rate is not None:
        table = replace(table, playback=at_rate(table.playback, command.rate, context))
    if current is None:
        table = play_item(table, context, item, "start", position_ms=position_ms or 0)
    elif item.id != current.id:
        require(controls.skip, table.playback, context, "skip")
        table = play_item(table, context, item, "skip", position_ms=position_ms or 0)
    elif position_ms is not None:
        require(controls.seek, table.playback, context, "seek")
        table = placed(table, context, position_ms, sounding=True)
    elif table.playback.status == "paused":
        table = placed(table, context, table.playback.position_ms, sounding=True, wait=False)
    return conclude(before, table, context, "playback", view(table, context))


def pause(state: PlaybackState, command: ask.Pause, context: Context) -> Outcome:
    """Stops the sound; a session that is silent already stays as it is.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Invalid: a position outside the item.
    """
    table = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    controls = controls_of(context)
    require(controls.play, state, context, "play and pause")
    item, after = table.queue.current, table
    if command.position_ms is not None and item is not None:
        require(controls.seek, state, context, "seek")
        position_ms = position_in(command.position_ms, item)
        if state.status != "paused" or position_ms != state.position_ms:
            after = placed(table, context, position_ms or 0, sounding=False)
    elif state.status in ("playing", "waiting"):
        at_ms = effective_ms(state, context, STOP_LEAD_MS)
        after = placed(table, context, anchor_at(line_of(state), at_ms), sounding=False)
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
    require(controls_of(context).seek, state, context, "seek")
    current = table.queue.current
    if current is None:
        raise Conflict("Nothing is playing, so there is nowhere to go to.")
    after = table
    if command.item_id is None or command.item_id.lower() == current.id:
        position_ms = position_in(command.position_ms, current)
        sounding = state.status in ("playing", "waiting")
        after = placed(table, context, position_ms or 0, sounding=sounding)
    return conclude(table, after, context, "playback", view(after, context))


def set_rate(state: PlaybackState, command: ask.SetRate, context: Context) -> Outcome:
    """Changes the speed for everybody.

    Raises:
        NotHost, RevMismatch: by policy; by `if_rev`.
        Invalid: a rate outside 0.5 to 2.
    """
    table = on_playback(state, context)
    check_rev(command.if_rev, state.rev)
    require(controls_of(context).play, state, context, "change the speed")
    after = replace(table, playback=at_rate(state, command.rate, context))
    return conclude(table, after, context, "playback", view(after, context))

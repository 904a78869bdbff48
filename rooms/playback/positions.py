"""What a command of the transport means: which item, which position in it, at which rate."""

from math import isfinite
from typing import Any

from msgspec.structs import replace

from rooms.errors import Conflict, HubError, Invalid, NotFound
from rooms.feature import Context
from rooms.playback.commands import MAX_RATE, MIN_RATE
from rooms.playback.controls import room_of
from rooms.playback.state import START_LEAD_MS, PlaybackState, line_of
from rooms.playback.timeline import RATE_DIGITS, anchor_at
from rooms.playback.turntable import Turntable, effective_ms, place, upcoming
from rooms.queue.items import Item, QueueState
from rooms.room import Controls


class TrackProcessing(HubError):
    """The item cannot be heard yet; it will be once its track has been processed."""

    status = 422
    temporary = True
    default_code = "TRACK_PROCESSING"


def controls_of(context: Context) -> Controls:
    """Who may move what in this room."""
    return room_of(context).policy.controls


def wanted_item(queue: QueueState, item_id: str | None) -> Item:
    """The item to play: the one named, else the current one, else the first that can be heard.

    Raises:
        NotFound: the one named is not in the queue.
        Conflict: the queue is empty.
        TrackProcessing: what there is cannot be heard yet.
    """
    item = queue.find(item_id) if item_id is not None else queue.current or upcoming(queue)
    if item_id is not None and item is None:
        raise NotFound("This item is not in the queue any more.")
    if item is None and not queue.pending:
        raise Conflict("There is nothing to play: the queue is empty. Add a track first.")
    if item is None or not item.playable:
        raise TrackProcessing("This track is still being processed. It can be played soon.")
    return item


def is_current(queue: QueueState, item_id: str | None) -> bool:
    """True when the caller names the current item, or none."""
    if item_id is None:
        return True
    return queue.current is not None and queue.current.id == item_id.lower()


def position_in(position_ms: float | None, item: Item) -> int | None:
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


def at_rate(state: PlaybackState, rate: float, context: Context) -> PlaybackState:
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


def placed(table: Turntable, context: Context, position_ms: int, **how: Any) -> Turntable:
    """The table with the needle at `position_ms` of the current item."""
    return replace(table, playback=place(table.playback, context, position_ms, **how))

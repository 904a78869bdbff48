"""What may be asked of a room's shared transport."""

from typing import Annotated

from msgspec import Meta, Struct

from rooms.ids import Uuid

Rev = Annotated[int, Meta(ge=0)]
PositionMs = Annotated[float, Meta(ge=0)]
"""Fractions are allowed (players count in seconds) and rounded to whole ms."""
MIN_RATE = 0.5
MAX_RATE = 2.0
Rate = Annotated[float, Meta(ge=MIN_RATE, le=MAX_RATE)]


class Play(Struct, frozen=True, kw_only=True):
    """Start or resume; with `item_id` that item, with `position_ms` from there."""

    room_id: Uuid
    op_id: Uuid
    item_id: Uuid | None = None
    position_ms: PositionMs | None = None
    rate: Rate | None = None
    if_rev: Rev | None = None
    """Refuse with REV_MISMATCH unless the playback's `rev` is this."""


class Pause(Struct, frozen=True, kw_only=True):
    """Stop at the common position, or at `position_ms`."""

    room_id: Uuid
    op_id: Uuid
    position_ms: PositionMs | None = None
    if_rev: Rev | None = None


class Seek(Struct, frozen=True, kw_only=True):
    """Go to a position of the current item."""

    room_id: Uuid
    op_id: Uuid
    position_ms: PositionMs
    item_id: Uuid | None = None
    """The item that was meant; when another one plays by now, nothing changes."""
    if_rev: Rev | None = None


class Step(Struct, frozen=True, kw_only=True):
    """Go to the next item (`playback:next`) or back (`playback:previous`)."""

    room_id: Uuid
    op_id: Uuid
    item_id: Uuid | None = None
    """The item to leave; when it is not the current one any more, nothing changes. So two people
    who press next at once skip one item, not two."""
    if_rev: Rev | None = None


class SetRate(Struct, frozen=True, kw_only=True):
    """Change the speed everybody hears, at the same position."""

    room_id: Uuid
    op_id: Uuid
    rate: Rate
    if_rev: Rev | None = None


class Buffered(Struct, frozen=True, kw_only=True):
    """A listener has loaded enough to start (`playback:ready`), or not any more (`:buffering`)."""

    room_id: Uuid
    item_id: Uuid
    rev: Rev
    buffered_ms: Annotated[float, Meta(ge=0)] = 0
    op_id: Uuid | None = None


class Report(Struct, frozen=True, kw_only=True):
    """Where a listener's player really is; answered from memory, never committed."""

    room_id: Uuid
    item_id: Uuid
    position_ms: PositionMs
    at_ms: Annotated[float, Meta(ge=0)]
    """Server time, by the listener's clock estimate, at which it was there."""
    buffered_ms: Annotated[float, Meta(ge=0)] | None = None
    rung: Annotated[str, Meta(max_length=64)] | None = None
    rtt_ms: Annotated[float, Meta(ge=0)] | None = None
    """Round trip of the listener's last clock exchanges, shown to the room."""


class TransferHost(Struct, frozen=True, kw_only=True):
    """Make another member the host."""

    room_id: Uuid
    user_id: Uuid
    op_id: Uuid | None = None


class ClaimHost(Struct, frozen=True, kw_only=True):
    """Become the host: admins at any time, members when the host is not there."""

    room_id: Uuid
    op_id: Uuid | None = None

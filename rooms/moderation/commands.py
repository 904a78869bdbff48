"""What may be asked about the members of a room."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from rooms.ids import Uuid
from rooms.room import Role

MAX_MEASURE_S = 366 * 24 * 3600

Reason = Annotated[str, Meta(max_length=500)]


class AddMember(Struct, frozen=True, kw_only=True):
    """Bring somebody into the room without an invitation."""

    room_id: Uuid
    user_id: Uuid
    role: Role = "member"
    op_id: Uuid | None = None


class UpdateMember(Struct, frozen=True, kw_only=True):
    """Give a member another role; `owner` hands the room over."""

    room_id: Uuid
    user_id: Uuid
    role: Role
    op_id: Uuid | None = None


class RemoveMember(Struct, frozen=True, kw_only=True):
    """Put a member out; he may come back."""

    room_id: Uuid
    user_id: Uuid
    reason: Reason | None = None
    op_id: Uuid | None = None


class MuteMember(Struct, frozen=True, kw_only=True):
    """Let a member read but not speak, until a time; without one for good."""

    room_id: Uuid
    user_id: Uuid
    until: datetime | None = None
    duration_s: Annotated[int, Meta(ge=1, le=MAX_MEASURE_S)] | None = None
    """In place of `until`."""
    reason: Reason | None = None
    op_id: Uuid | None = None


class BanMember(Struct, frozen=True, kw_only=True):
    """Put somebody out and keep him out, until a time; without one for good."""

    room_id: Uuid
    user_id: Uuid
    until: datetime | None = None
    duration_s: Annotated[int, Meta(ge=1, le=MAX_MEASURE_S)] | None = None
    """In place of `until`."""
    reason: Reason | None = None
    op_id: Uuid | None = None


class PardonMember(Struct, frozen=True, kw_only=True):
    """Take a mute or a ban back."""

    room_id: Uuid
    user_id: Uuid
    reason: Reason | None = None
    op_id: Uuid | None = None


class BanOver(Struct, frozen=True, kw_only=True):
    """A ban's time is over (the hub itself)."""

    user_id: Uuid


class MuteOver(Struct, frozen=True, kw_only=True):
    """A mute's time is over (the hub itself)."""

    user_id: Uuid

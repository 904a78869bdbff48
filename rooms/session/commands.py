"""What may be asked of a session's times, and what comes of it."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from rooms.ids import Uuid
from rooms.session.schedule import EndReason, ScheduleView

AtMs = Annotated[int, Meta(ge=0, le=2**53)]
MAX_LASTS_MS = 366 * 24 * 3_600_000
"""A year, for starts ahead and for how long a session goes on."""
LastsMs = Annotated[int, Meta(ge=1_000, le=MAX_LASTS_MS)]


class ScheduleSession(Struct, frozen=True, kw_only=True):
    """Set when the session begins and ends; what is left out stays, null takes it back."""

    room_id: Uuid
    op_id: Uuid | None = None
    starts_at_ms: AtMs | UnsetType | None = UNSET
    """Unix ms of the hub's clock. In a session that has begun or ended it sets another one."""
    ends_at_ms: AtMs | UnsetType | None = UNSET
    lasts_ms: LastsMs | None = None
    """In place of `ends_at_ms`: counted from the start, or from now where none is set."""


class EndSession(Struct, frozen=True, kw_only=True):
    """End the session for everybody, now; its room, chat and log stay."""

    room_id: Uuid
    op_id: Uuid | None = None


class SessionDue(Struct, frozen=True, kw_only=True):
    """Payload of the timers: the time they were set for; another time makes them void."""

    room_id: Uuid
    at_ms: int


class SessionScheduled(ScheduleView, frozen=True, kw_only=True):
    """The session's times have been set; clients count down to `starts_at_ms`."""


class SessionStarted(Struct, frozen=True, kw_only=True):
    """The session has begun: `playback:changed` says what sounds, if anything was queued."""

    started_at_ms: int


class SessionEnded(Struct, frozen=True, kw_only=True):
    """The session is over: nothing can be played or queued any more, and it can be replayed."""

    reason: EndReason
    ended_at_ms: int

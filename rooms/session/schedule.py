"""When a session begins and ends, as the room's playback keeps it and as clients see it."""

from typing import Literal

from msgspec import Struct

EndReason = Literal["ended", "expired"]
"""ended: somebody who may has ended it; expired: its time was over."""
Stage = Literal["open", "scheduled", "started", "ended"]


class Schedule(Struct, frozen=True, omit_defaults=True):
    """Times in Unix ms. `Schedule()` is a session that nobody has set a time for: always open."""

    starts_at_ms: int | None = None
    """When the hub starts the music."""
    ends_at_ms: int | None = None
    """When the hub ends the session; None: it goes on, with or without anybody in it."""
    started_at_ms: int | None = None
    """When it did start it."""
    ended_at_ms: int | None = None
    """When it ended; from then on nothing can be played or queued."""
    reason: EndReason | None = None

    @property
    def stage(self) -> Stage:
        """How far it is."""
        if self.ended_at_ms is not None:
            return "ended"
        if self.starts_at_ms is None:
            return "open"
        return "scheduled" if self.started_at_ms is None else "started"


class ScheduleView(Struct, frozen=True, kw_only=True):
    """A session's times on the wire; server time, in Unix ms."""

    stage: Stage
    """`open`: nobody has set a time for its start."""
    starts_at_ms: int | None
    ends_at_ms: int | None
    started_at_ms: int | None
    ended_at_ms: int | None
    reason: EndReason | None
    """Why it ended."""


def show_schedule(schedule: Schedule) -> ScheduleView:
    """The times as clients see them."""
    return ScheduleView(
        stage=schedule.stage,
        starts_at_ms=schedule.starts_at_ms,
        ends_at_ms=schedule.ends_at_ms,
        started_at_ms=schedule.started_at_ms,
        ended_at_ms=schedule.ended_at_ms,
        reason=schedule.reason,
    )

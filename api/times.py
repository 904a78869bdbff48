"""Record times on the wire: ISO 8601 in UTC with milliseconds and Z."""

from datetime import datetime, timedelta

from rooms.times import iso

_HALF_A_MS = timedelta(microseconds=500)


def utc(moment: datetime) -> str:
    """A database time, which is in UTC, as `2026-11-21T10:30:00.123Z`."""
    # As `iso` of its milliseconds, without the way through a number and back: 1 us, not 6.
    return f"{(moment + _HALF_A_MS).isoformat(timespec='milliseconds')[:-6]}Z"


def utc_or_none(moment: datetime | None) -> str | None:
    """The same; None stays None."""
    return None if moment is None else utc(moment)


def utc_of_s(moment_s: int) -> str:
    """Unix seconds in the same form."""
    return iso(moment_s * 1000)

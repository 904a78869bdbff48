"""Record times on the wire: ISO 8601 in UTC with milliseconds and Z."""

from datetime import datetime

from rooms.times import iso


def utc(moment: datetime) -> str:
    """A database time as `2026-11-21T10:30:00.123Z`."""
    return iso(round(moment.timestamp() * 1000))


def utc_or_none(moment: datetime | None) -> str | None:
    """The same; None stays None."""
    return None if moment is None else utc(moment)


def utc_of_s(moment_s: int) -> str:
    """Unix seconds in the same form."""
    return iso(moment_s * 1000)

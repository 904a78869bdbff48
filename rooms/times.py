"""Record times on the wire: ISO 8601 in UTC with milliseconds and Z; clocks stay integer ms."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

from rooms.errors import Invalid

When = Annotated[
    str,
    Meta(
        max_length=40,
        extra_json_schema={"anyOf": [{"format": "date-time"}, {"format": "date"}]},
    ),
]
"""A moment, or a day: its first moment in UTC. Read with `moment_of`."""


def moment_of(field: str, when: str | None) -> datetime | None:
    """The moment that a `When` of this field names; UTC where it says no zone.

    Raises:
        Invalid: it names none.
    """
    if when is None:
        return None
    try:
        moment = datetime.fromisoformat(when.upper())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid.field(
            field, "INVALID_FORMAT", "Use ISO 8601: 2026-11-21, or with a time."
        ) from None


@lru_cache(maxsize=64)  # a batch of commands has one time: 5 us for each message and event of it
def iso(at_ms: int) -> str:
    """Unix ms as `2026-11-21T10:30:00.123Z`."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"

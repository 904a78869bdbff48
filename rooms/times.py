"""Record times on the wire: ISO 8601 in UTC with milliseconds and Z; clocks stay integer ms."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=64)  # a batch of commands has one time: 5 us for each message and event of it
def iso(at_ms: int) -> str:
    """Unix ms as `2026-11-21T10:30:00.123Z`."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"

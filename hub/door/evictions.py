"""Who is put out of a room hears the event that says so, and nothing after it."""

import msgspec
from msgspec import Struct

from storage.log import LogEvent

LEFT = "member:left"
_REASONS = ("removed", "banned")
"""Who leaves by himself unsubscribes by himself."""


class _Member(Struct, frozen=True):
    user_id: str
    reason: str | None = None


class _Envelope(Struct, frozen=True):
    data: _Member


def put_out(event: LogEvent) -> str | None:
    """The user whom an event of a room puts out; None for nearly all events."""
    if event.name != LEFT:
        return None
    left = msgspec.json.decode(event.body, type=_Envelope).data
    return left.user_id if left.reason in _REASONS else None

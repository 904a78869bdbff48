"""Which events of a room end somebody's hearing of it, for whom they are the last."""

import msgspec
from msgspec import Struct

from storage.log import LogEvent

LEFT = "member:left"
CHANGED = "room:updated"
_REASONS = ("removed", "banned", "invite_revoked")
"""Who leaves by himself unsubscribes by himself."""


class _Member(Struct, frozen=True):
    user_id: str
    reason: str | None = None


class _Envelope(Struct, frozen=True):
    data: _Member


class _Room(Struct, frozen=True):
    type: str


class _Changed(Struct, frozen=True):
    data: _Room


def closes(event: LogEvent) -> bool:
    """Whether an event says that its room is not public: some who follow it may have to go."""
    if event.name != CHANGED:
        return False
    return msgspec.json.decode(event.body, type=_Changed).data.type != "public"


def who_left(event: LogEvent) -> tuple[str, bool]:
    """The user of a `LEFT`, and whether he was put out."""
    left = msgspec.json.decode(event.body, type=_Envelope).data
    return left.user_id, left.reason in _REASONS

"""What waits for its commit, and what comes back."""

from typing import Any

from msgspec import Raw, Struct

from rooms.feature import Actor, Feature
from storage.log import LogEvent


class Submission(Struct, frozen=True, kw_only=True):
    """A command as it waits for its commit."""

    feature: Feature
    command: str
    payload: Struct
    room_id: str | None
    """None while the command makes the room."""
    actor: Actor
    op_id: str
    digest: bytes
    """Digest of command and payload: the same op_id with another one is a conflict."""
    ids: tuple[str, ...]
    secret: str
    present: tuple[str, ...] = ()


class Append(Struct, frozen=True, kw_only=True):
    """A durable event for one user's private stream, from a part of the hub itself."""

    user_id: str
    event: str
    data: Any
    op_id: str


class Committed(Struct, frozen=True):
    """What a command's ack says."""

    data: Raw
    """JSON of the ack's `data`."""
    seq: int | None
    duplicate: bool = False


class StreamEvents(Struct, frozen=True):
    """What one commit added to one stream."""

    stream: str
    epoch: str
    events: list[LogEvent]

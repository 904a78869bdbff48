"""Saying something: the command, what its loader reads, and why it may be refused."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from rooms.chat.records import Attachment, Moment, Ref
from rooms.errors import HubError
from rooms.ids import Uuid

MAX_MENTIONS = 50
MAX_REFS = 10
MAX_ATTACHMENTS = 10


class Muted(HubError):
    """The member may read but not speak until `muted_until_ms`."""

    status = 403
    default_code = "MUTED"


class SlowMode(HubError):
    """The room lets each member speak once in a while."""

    status = 429
    default_code = "SLOW_MODE"


class Blocked(HubError):
    """One of the two has blocked the other, or a rule of the room does not let it pass."""

    status = 403
    default_code = "BLOCKED"


class CreateMessage(Struct, frozen=True, kw_only=True):
    """Say something in a room."""

    room_id: Uuid
    client_id: Uuid
    """Made by the client; the same id is the same message, however often it is sent."""
    type: Literal["text", "image", "audio", "system"] = "text"
    content: str
    reply_to_id: Uuid | None = None
    thread_id: Uuid | None = None
    mentions: Annotated[tuple[Uuid, ...], Meta(max_length=MAX_MENTIONS)] = ()
    attachment_ids: Annotated[tuple[Uuid, ...], Meta(max_length=MAX_ATTACHMENTS)] = ()
    refs: Annotated[tuple[Ref, ...], Meta(max_length=MAX_REFS)] = ()
    moment: Moment | None = None


class Named(Struct, frozen=True):
    """A message that a new one answers."""

    id: str
    sender_id: str
    thread_id: str | None
    is_deleted: bool


class ChatRows(Struct, frozen=True):
    """What the loader reads for a message; nothing when it names nobody and nothing."""

    messages: Mapping[str, Named] = field(default_factory=dict)
    """Messages of this room by id, of those it names."""
    members: Mapping[str, str] = field(default_factory=dict)
    """User ids of members it mentions, by id and by name in lower case."""
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    """The sender's own uploads to this room that no message has yet."""

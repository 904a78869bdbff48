"""What chat says on the wire: messages and everything that may hang on one."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from rooms.ids import Uuid


class Ref(Struct, frozen=True):
    """A thing a message points at."""

    kind: Literal["track", "queue_item", "live"]
    id: Uuid


class Moment(Struct, frozen=True):
    """Where in the music a message was said."""

    item_id: Uuid
    position_ms: Annotated[int, Meta(ge=0)]


class Sender(Struct, frozen=True):
    """Who said it, as he was called then."""

    user_id: str
    username: str
    display_name: str
    is_guest: bool = False


class Attachment(Struct, frozen=True, kw_only=True):
    """A picture or a sound that came with a message; `url` needs the caller's token or cookie."""

    id: str
    kind: Literal["image", "audio"]
    filename: str
    mime_type: str
    size_bytes: int
    url: str
    width_px: int | None = None
    height_px: int | None = None
    thumbnail_url: str | None = None
    duration_ms: int | None = None
    peaks: tuple[int, ...] = ()
    """Loudest sample of each of up to 200 equal stretches of a sound, 0 to 127."""


class Message(Struct, frozen=True, kw_only=True):
    """A chat entry as every client sees it; the payload of `message:created`."""

    id: str
    room_id: str
    seq: int
    """Place in the room's log; messages of a room sort by it."""
    client_id: str | None
    sender_id: str
    sender: Sender
    type: str
    content: str
    reply_to_id: str | None = None
    thread_id: str | None = None
    mentions: tuple[str, ...] = ()
    mentions_room: bool = False
    """True when it calls everybody (@room)."""
    attachment_ids: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    refs: tuple[Ref, ...] = ()
    moment: Moment | None = None
    is_edited: bool = False
    is_deleted: bool = False
    is_pinned: bool = False
    rev: int = 0
    """How often it was edited; `if_rev` of an edit is compared with it."""
    edited_at: str | None = None
    created_at: str


class ReactionCount(Struct, frozen=True):
    """How many people reacted with one emoji."""

    emoji: str
    count: int
    user_ids: tuple[str, ...]
    """The first 20 of them, the reader himself before all."""


class MessageView(Message, frozen=True, kw_only=True):
    """A message with what has gathered on it, as history and search show it."""

    reactions: tuple[ReactionCount, ...] = ()
    replies: int = 0
    """Messages in the thread that it began."""
    last_reply_at: str | None = None


class MessageUpdated(Message, frozen=True, kw_only=True):
    """A message as it reads after an edit; `seq` is still its own place in the log."""


class MessageDeleted(Struct, frozen=True, kw_only=True):
    """A message's words are gone; its place in the log stays."""

    message_id: str
    room_id: str
    by: str
    """Who deleted it: its author or a moderator."""
    deleted_at: str


class MessagePinned(Struct, frozen=True, kw_only=True):
    """A message was put where newcomers find it."""

    message_id: str
    room_id: str
    by: str
    pinned_at: str


class MessageUnpinned(Struct, frozen=True, kw_only=True):
    """A message is pinned no more."""

    message_id: str
    room_id: str
    by: str


class Reaction(Struct, frozen=True, kw_only=True):
    """One person's emoji on one message."""

    message_id: str
    room_id: str
    user_id: str
    emoji: str
    moment: Moment | None = None
    """Where in the music it was put there."""

"""Chat: what may be said in a room. Messages live in the log and in their own table."""

import unicodedata
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from rooms.errors import Forbidden, HubError, Invalid
from rooms.feature import Command, Context, Event, Feature, Limit, Outcome
from rooms.ids import Uuid
from rooms.room import Member
from rooms.times import iso

MAX_MESSAGE_CHARS = 4_000
"""Code points of a message (docs/protocol.md, `hello.limits`)."""
MAX_MESSAGE_BYTES = 16_384
"""UTF-8 bytes: 4,000 code points of most scripts; stops walls of combining marks."""
MAX_MENTIONS = 50
MAX_REFS = 10

_INVISIBLE = ("Cf", "Zs", "Mn")
"""Unicode categories of what takes no ink by itself: joiners, spaces, combining marks."""
_LAYOUT = frozenset("\n\t\r")


class Muted(HubError):
    """The member may read but not speak until `muted_until_ms`."""

    status = 403
    default_code = "MUTED"


class Ref(Struct, frozen=True):
    """A thing a message points at."""

    kind: Literal["track", "queue_item", "live"]
    id: Uuid


class Moment(Struct, frozen=True):
    """Where in the music a message was said."""

    item_id: Uuid
    position_ms: Annotated[int, Meta(ge=0)]


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
    attachment_ids: Annotated[tuple[Uuid, ...], Meta(max_length=10)] = ()
    refs: Annotated[tuple[Ref, ...], Meta(max_length=MAX_REFS)] = ()
    moment: Moment | None = None


class Sender(Struct, frozen=True):
    """Who said it, as he was called then."""

    user_id: str
    username: str
    display_name: str
    is_guest: bool = False


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
    attachment_ids: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()
    moment: Moment | None = None
    is_edited: bool = False
    is_deleted: bool = False
    is_pinned: bool = False
    edited_at: str | None = None
    created_at: str


class ChatRows(Struct, frozen=True):
    """What the loader reads for a message: which of the ids it names belong to this room."""

    known_message_ids: frozenset[str] = frozenset()


def create_message(state: Any, command: CreateMessage, context: Context) -> Outcome:
    """Adds a message to the room's log.

    Raises:
        Forbidden: `MUTED` while the member is muted; system messages are the hub's alone.
        Invalid: empty, over-long or unprintable content; a reply to a message of another room.
    """
    _refuse_muted(context.member, context.now_ms)
    if command.type == "system" and not context.actor.is_system:
        raise Forbidden("Only the hub writes system messages.")
    content = clean_content(command.content)
    rows: ChatRows = context.rows or ChatRows()
    for name, message_id in (
        ("reply_to_id", command.reply_to_id),
        ("thread_id", command.thread_id),
    ):
        if message_id is not None and message_id.lower() not in rows.known_message_ids:
            raise Invalid.field(name, "NOT_FOUND", "There is no such message in this room.")
    actor = context.actor
    message = Message(
        id=context.ids[0],
        room_id=command.room_id.lower(),
        seq=context.next_seq,
        client_id=command.client_id,
        sender_id=actor.user_id,
        sender=Sender(actor.user_id, actor.username, actor.display_name, actor.is_guest),
        type=command.type,
        content=content,
        reply_to_id=command.reply_to_id,
        thread_id=command.thread_id,
        mentions=command.mentions,
        attachment_ids=command.attachment_ids,
        refs=command.refs,
        moment=command.moment,
        created_at=iso(context.now_ms),
    )
    return Outcome(
        state, events=(Event("message:created", message),), data=message, rows=(message,)
    )


def clean_content(content: str) -> str:
    """The text of a message in Unicode NFC, or the reason why it is refused.

    Raises:
        Invalid: `EMPTY`, `TOO_LONG` or `BAD_TEXT` on the field `content`.
    """
    text = unicodedata.normalize("NFC", content).strip()
    # Looked at letter by letter only where that can say something: 160 bytes took 30 us.
    letters: set[str] = set() if text.isascii() and text.isprintable() else set(text)
    if not text or (letters and all(unicodedata.category(c) in _INVISIBLE for c in letters)):
        raise Invalid.field("content", "EMPTY", "A message needs some text.")
    if len(text) > MAX_MESSAGE_CHARS or len(text.encode("utf-8", "replace")) > MAX_MESSAGE_BYTES:
        raise Invalid.field(
            "content", "TOO_LONG", f"A message holds at most {MAX_MESSAGE_CHARS} characters."
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in letters - _LAYOUT):
        raise Invalid.field(
            "content", "BAD_TEXT", "The message holds control characters that cannot be shown."
        )
    return text


def _refuse_muted(member: Member | None, now_ms: int) -> None:
    if member is not None and member.muted_until_ms is not None and member.muted_until_ms > now_ms:
        wait_ms = member.muted_until_ms - now_ms
        raise Muted(
            f"You are muted in this room for another {wait_ms // 1000 + 1} s.",
            retry_after_ms=wait_ms,
        )


CHAT = Feature(
    name="chat",
    commands={
        "message:create": Command(CreateMessage, create_message, limit=Limit(5, 5), errors=(Muted,))
    },
    events={"message:created": Message},
)

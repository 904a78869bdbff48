"""What a client of the older chat may say: one JSON object a frame, named by its `type`."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import asdict

from hub.payloads import refused
from rooms.errors import Invalid
from rooms.ids import Uuid


class Said(Struct, frozen=True, kw_only=True, tag_field="type"):
    """A command. Who gives it a `client_id` gets it back with the answer."""

    client_id: Uuid | None = None


class Join(Said, frozen=True, kw_only=True, tag="join"):
    """Enter a room and hear it; of a public room the caller becomes a member."""

    room_id: Uuid


class Leave(Said, frozen=True, kw_only=True, tag="leave"):
    """Hear the room no more. Membership stays (POST /api/v1/conversations/{id}/leave ends it)."""

    room_id: Uuid


class Message(Said, frozen=True, kw_only=True, tag="message"):
    """Say something; the same `client_id` is the same message, however often it is sent."""

    room_id: Uuid
    content: str
    message_type: Literal["text", "image", "audio"] = "text"
    reply_to_id: Uuid | None = None
    attachment_ids: tuple[Uuid, ...] = ()


class Edit(Said, frozen=True, kw_only=True, tag="edit"):
    """Say it differently."""

    message_id: Uuid
    content: str


class Delete(Said, frozen=True, kw_only=True, tag="delete"):
    """Take it back."""

    message_id: Uuid


class Typing(Said, frozen=True, kw_only=True, tag="typing"):
    """The caller types, or has stopped."""

    room_id: Uuid
    is_typing: bool = True


class Read(Said, frozen=True, kw_only=True, tag="read"):
    """Everything in the room up to this message has been read."""

    room_id: Uuid
    message_id: Uuid


class Delivered(Said, frozen=True, kw_only=True, tag="delivered"):
    """The message has reached the caller's device."""

    message_id: Uuid


class React(Said, frozen=True, kw_only=True, tag="react"):
    """Put an emoji on a message."""

    message_id: Uuid
    emoji: str


class Unreact(Said, frozen=True, kw_only=True, tag="unreact"):
    """Take one's emoji off a message."""

    message_id: Uuid
    emoji: str


class Presence(Said, frozen=True, kw_only=True, tag="presence"):
    """How the caller is; what else he shows of himself stays as it is."""

    status: Literal["online", "away", "busy", "offline"]
    status_message: Annotated[str, Meta(max_length=140)] | None = None


class Heartbeat(Said, frozen=True, kw_only=True, tag="heartbeat"):
    """That something came is all there is to it."""


Command = (
    Join
    | Leave
    | Message
    | Edit
    | Delete
    | Typing
    | Read
    | Delivered
    | React
    | Unreact
    | Presence
    | Heartbeat
)

_decode: Callable[[str], Command] = msgspec.json.Decoder(Command).decode


def read_command(text: str) -> Command:
    """The command of a frame.

    Raises:
        Invalid: it is none; names the field.
    """
    try:
        command = _decode(text)
    except msgspec.ValidationError as error:
        raise refused(error) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Invalid.field("payload", "BAD_JSON", "Send JSON objects with a `type`.") from None
    for name, value in asdict(command).items():
        if isinstance(value, str) and "\0" in value:
            raise Invalid.field(name, "BAD_TEXT", "Text must not hold NUL.")
    return command

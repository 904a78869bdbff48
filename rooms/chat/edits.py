"""What can be done to a message after it was said: edit, delete, pin, unpin."""

from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

from rooms.chat.automod import Said
from rooms.chat.commands import MAX_MENTIONS, Blocked, Muted
from rooms.chat.records import (
    Message,
    MessageDeleted,
    MessagePinned,
    MessageUnpinned,
    MessageUpdated,
)
from rooms.chat.state import ChatState
from rooms.chat.stopping import alert, alerted, broken_by_edit, stopped
from rooms.chat.text import clean_content, names_in, names_room
from rooms.errors import Conflict, Forbidden, Gone, NotFound
from rooms.feature import Command, Context, Event, Feature, Limit, Outcome
from rooms.ids import Uuid
from rooms.moderation.records import measure
from rooms.notices import Notice
from rooms.room import at_least
from rooms.times import iso

MAX_PINS = 100


class UpdateMessage(Struct, frozen=True, kw_only=True):
    """Say it differently; only its author may."""

    message_id: Uuid
    op_id: Uuid
    content: str
    mentions: Annotated[tuple[Uuid, ...], Meta(max_length=MAX_MENTIONS)] = ()
    if_rev: Annotated[int, Meta(ge=0)] | None = None
    """Refused with REV_MISMATCH when the message was edited since."""
    room_id: Uuid | None = None


class DeleteMessage(Struct, frozen=True, kw_only=True):
    """Take it back; its author or a moderator may."""

    message_id: Uuid
    op_id: Uuid
    reason: Annotated[str, Meta(max_length=500)] | None = None
    if_rev: Annotated[int, Meta(ge=0)] | None = None
    room_id: Uuid | None = None


class PinMessage(Struct, frozen=True, kw_only=True):
    """Put it where newcomers find it, or take it from there."""

    message_id: Uuid
    op_id: Uuid
    room_id: Uuid | None = None


class EditRows(Struct, frozen=True):
    """What the loader reads: the message, whom the new words mention, how much is pinned."""

    message: Message | None = None
    members: tuple[tuple[str, str], ...] = ()
    """Mentioned members: what was written (id, or name in lower case) and the user id."""
    pinned: int = 0


class Edited(Struct, frozen=True):
    """Row: a message's new words, and the line of the log that tells them."""

    message: Message
    before: str
    before_seq: int
    """Line of the log that told the words before; only for the first edit, when it is the
    message's own."""
    event_seq: int


class Deleted(Struct, frozen=True):
    """Row: a message whose words are to go, everywhere."""

    message_id: str
    room_id: str
    seq: int


class Pinned(Struct, frozen=True):
    """Row: a message pinned (`at` is when) or pinned no more (None)."""

    message_id: str
    by: str
    at: str | None


class RevMismatch(Conflict):
    """The message has been edited since the client saw it."""

    default_code = "REV_MISMATCH"


def update_message(state: Any, command: UpdateMessage, context: Context) -> Outcome:
    """Gives a message new words; the old ones stay readable as its history.

    They have to pass the rules of the room like those of a new message.

    Raises:
        NotFound, Gone: no such message in a room of the caller; it was deleted.
        Forbidden: somebody else's message; the author is muted.
        RevMismatch: it was edited since `if_rev`.
    """
    message, found = _message(context), _rows(context)
    if message.sender_id != context.actor.user_id:
        raise Forbidden("Only its author can edit a message.")
    member = context.member
    if member is not None and (member.muted_until_ms or 0) > context.now_ms:
        raise Muted("You are muted in this room.")
    _check_rev(message, command.if_rev)
    content = clean_content(command.content, may_be_empty=bool(message.attachments))
    if content == message.content:
        return Outcome(state, data=_updated(message))
    known = dict(found.members)
    wanted = [*(m.lower() for m in command.mentions), *sorted(names_in(content))]
    named = (known.get(key) for key in wanted)
    mentions = tuple(dict.fromkeys(u for u in named if u and u != message.sender_id))
    calls_room = message.mentions_room and names_room(content)
    said = Said(message.sender_id, content, len(mentions) + calls_room)
    broken = broken_by_edit(context.slices.get("chat") or ChatState(), said, context)
    if broken is not None and broken.action != "alert":
        return stopped(state, broken, content, context)
    changed = replace(
        message,
        content=content,
        mentions=mentions[:MAX_MENTIONS],
        mentions_room=calls_room,
        is_edited=True,
        edited_at=iso(context.now_ms),
        rev=message.rev + 1,
    )
    updated = _updated(changed)
    rows: tuple[Any, ...] = (
        Edited(changed, message.content, message.seq, context.next_seq),
        _reworded(message, context),
    )
    if broken is not None:
        rows = (*rows, alerted(broken, changed, context), alert(broken, context))
    return Outcome(state, events=(Event("message:updated", updated),), data=updated, rows=rows)


def delete_message(state: Any, command: DeleteMessage, context: Context) -> Outcome:
    """Leaves a tombstone: the place in the log stays, the words are gone from it, too.

    Raises:
        NotFound: no such message in a room of the caller.
        Forbidden: somebody else's message, and the caller keeps no order here; nobody does in a
            direct message.
        RevMismatch: it was edited since `if_rev`.
    """
    message = _rows(context).message
    if message is None:
        raise NotFound("There is no such message.")
    assert context.room is not None
    by_author = message.sender_id == context.actor.user_id
    keeps_order = at_least(context.member, "moderator") and context.room.type != "dm"
    if not (by_author or context.actor.is_system or keeps_order):
        raise Forbidden("Only its author and the room's moderators can delete a message.")
    gone = MessageDeleted(
        message_id=message.id,
        room_id=context.room.id,
        by=context.actor.user_id,
        deleted_at=iso(context.now_ms),
    )
    if message.is_deleted:
        return Outcome(state, data=gone)
    _check_rev(message, command.if_rev)
    events: tuple[Event, ...] = (Event("message:deleted", gone),)
    rows: tuple[Any, ...] = (
        Deleted(message.id, message.room_id, message.seq),
        _reworded(message, context),
    )
    if not by_author:
        noted = measure(
            context, "delete", message.sender_id, reason=command.reason, message_id=message.id
        )
        events = (Event("moderation:applied", noted.applied()), *events)
        rows = (*rows, noted)
    return Outcome(state, events=events, data=gone, rows=rows)


def pin_message(state: Any, command: PinMessage, context: Context) -> Outcome:
    """Pins a message; moderators may, and both of a direct message.

    Raises:
        NotFound, Gone: no such message; it was deleted.
        Forbidden: the caller keeps no order here.
        Conflict: 100 are pinned already.
    """
    message, rows = _message(context), _rows(context)
    _may_pin(context)
    pinned = MessagePinned(
        message_id=message.id,
        room_id=message.room_id,
        by=context.actor.user_id,
        pinned_at=iso(context.now_ms),
    )
    if message.is_pinned:
        return Outcome(state, data=pinned)
    if rows.pinned >= MAX_PINS:
        raise Conflict(f"A room has at most {MAX_PINS} pinned messages. Unpin one first.")
    row = Pinned(message.id, context.actor.user_id, pinned.pinned_at)
    return Outcome(state, events=(Event("message:pinned", pinned),), data=pinned, rows=(row,))


def unpin_message(state: Any, command: PinMessage, context: Context) -> Outcome:
    """Takes a pin back; who may pin may.

    Raises:
        NotFound, Gone, Forbidden: as for `message:pin`.
    """
    message = _message(context)
    _may_pin(context)
    unpinned = MessageUnpinned(
        message_id=message.id, room_id=message.room_id, by=context.actor.user_id
    )
    if not message.is_pinned:
        return Outcome(state, data=unpinned)
    row = Pinned(message.id, context.actor.user_id, None)
    return Outcome(state, events=(Event("message:unpinned", unpinned),), data=unpinned, rows=(row,))


def _rows(context: Context) -> EditRows:
    rows: EditRows = context.rows or EditRows()
    return rows


def _message(context: Context) -> Message:
    message = _rows(context).message
    if message is None:
        raise NotFound("There is no such message.")
    if message.is_deleted:
        raise Gone("This message has been deleted.")
    return message


def _reworded(message: Message, context: Context) -> Notice:
    """Bells that say how the message began are to follow it."""
    return Notice(
        id=context.ids[0],
        kind="reworded",
        room_id=message.room_id,
        actor_id=context.actor.user_id,
        message_id=message.id,
    )


def _may_pin(context: Context) -> None:
    is_dm = context.room is not None and context.room.type == "dm"
    if not (is_dm or context.actor.is_system or at_least(context.member, "moderator")):
        raise Forbidden("Only the room's moderators can pin messages.")


def _check_rev(message: Message, if_rev: int | None) -> None:
    if if_rev is not None and if_rev != message.rev:
        raise RevMismatch("This message has been edited meanwhile.")


def _updated(message: Message) -> MessageUpdated:
    fields = asdict(message)
    return MessageUpdated(**{name: fields[name] for name in MessageUpdated.__struct_fields__})


EDITS = Feature(
    name="chat_edits",
    looks_around=False,
    beside=("chat",),
    commands={
        "message:update": Command(
            UpdateMessage,
            update_message,
            limit=Limit(10, 10),
            ids=2,
            errors=(Gone, RevMismatch, Muted, Blocked),
        ),
        "message:delete": Command(
            DeleteMessage, delete_message, limit=Limit(10, 10), errors=(RevMismatch,)
        ),
        "message:pin": Command(PinMessage, pin_message, limit=Limit(10, 10), errors=(Gone,)),
        "message:unpin": Command(PinMessage, unpin_message, limit=Limit(10, 10), errors=(Gone,)),
    },
    events={
        "message:updated": MessageUpdated,
        "message:deleted": MessageDeleted,
        "message:pinned": MessagePinned,
        "message:unpinned": MessageUnpinned,
    },
)

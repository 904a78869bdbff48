"""Rows of chat: what its rule needs to know, and new ones (reads: storage/messages/pages.py)."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rooms.chat.commands import ChatRows, CreateMessage, Named
from rooms.chat.records import Attachment, Message, Moment, Ref
from rooms.chat.settings import NotifyRow, SetNotify
from rooms.chat.text import names_in
from rooms.ids import UUID_PATTERN
from storage.commit.rows import Connection, RowStore
from storage.commit.statement import Column, Insert, Part, Rows, Table
from storage.commit.submission import Submission
from storage.messages.attachments import attach_to_messages, load_uploads
from storage.moderation.log import side_parts

_KNOWN = """
SELECT m.id::text, m.room_id::text, m.sender_id::text, m.thread_id::text, m.is_deleted
FROM unnest($1::uuid[], $2::uuid[]) AS q (room_id, id)
JOIN messages m USING (room_id, id)
"""

_MEMBERS = """
SELECT n.room_id::text, u.id::text AS user_id, lower(u.username) AS name
FROM (
    SELECT q.room_id, u.id FROM unnest($1::uuid[], $2::text[]) AS q (room_id, name)
    JOIN users u ON lower(u.username) = q.name AND u.deleted_at IS NULL
    UNION
    SELECT * FROM unnest($3::uuid[], $4::uuid[])
) AS n (room_id, user_id)
JOIN room_members m ON m.room_id = n.room_id AND m.user_id = n.user_id AND m.state = 'joined'
JOIN users u ON u.id = n.user_id
"""

MESSAGES = Table(
    "messages",
    (
        Column("id", "uuid"),
        Column("room_id", "uuid", steady=True),
        Column("seq", "bigint"),
        Column("client_id", "uuid"),
        Column("sender_id", "uuid"),
        Column("message_type", "text", steady=True),
        Column("content", "text"),
        Column("reply_to_id", "uuid", steady=True),
        Column("thread_id", "uuid", steady=True),
        Column("metadata", "jsonb", steady=True),
        Column("created_at", "text", "{}::timestamptz", steady=True),
    ),
)

_NOTIFY = """
INSERT INTO room_notify_levels (room_id, user_id, level)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
ON CONFLICT (room_id, user_id) DO UPDATE SET level = excluded.level
"""

_IS_ID = re.compile(UUID_PATTERN)


class Metadata(Struct, frozen=True, omit_defaults=True):
    """What `messages.metadata` holds."""

    mentions: tuple[str, ...] = ()
    mentions_room: bool = False
    attachment_ids: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    refs: tuple[Ref, ...] = ()
    moment: Moment | None = None


def encode_metadata(message: Message) -> str:
    """JSON of what a message holds beside its words."""
    m = message
    if not (m.mentions or m.mentions_room or m.attachment_ids or m.refs or m.moment):
        return "{}"
    return msgspec.json.encode(
        Metadata(m.mentions, m.mentions_room, m.attachment_ids, m.attachments, m.refs, m.moment)
    ).decode()


async def load_chat_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[ChatRows]:
    """For each message what it names: messages and members of its room, uploads of its sender."""
    answers, people, uploads = [], [], []
    for item in submissions:
        payload = item.payload
        if not isinstance(payload, CreateMessage):
            continue
        if payload.reply_to_id is not None:
            answers.append((item.room_id, payload.reply_to_id))
        if payload.thread_id is not None:
            answers.append((item.room_id, payload.thread_id))
        if payload.mentions or "@" in payload.content:
            named = {*map(str.lower, payload.mentions), *sorted(names_in(payload.content))[:100]}
            people += [(item.room_id, each) for each in named]
        uploads += [each.lower() for each in payload.attachment_ids]
    if not (answers or people or uploads):
        return [ChatRows()] * len(submissions)
    messages = await _messages(connection, answers) if answers else {}
    members = await load_members(connection, people) if people else {}
    found = await load_uploads(connection, uploads) if uploads else {}
    return [
        ChatRows(
            messages.get(item.room_id or "", {}),
            members.get(item.room_id or "", {}),
            found.get((item.room_id or "", item.actor.user_id), {}),
        )
        for item in submissions
    ]


async def load_members(
    connection: Connection, named: Sequence[tuple[str | None, str]]
) -> dict[str, dict[str, str]]:
    """Joined members by room, each under his id and his name in lower case.

    Args:
        connection: of the batch.
        named: rooms and what was written in them: user ids, or names in lower case.
    """
    ids = [each for each in named if _IS_ID.fullmatch(each[1])]
    names = [each for each in named if not _IS_ID.fullmatch(each[1])]
    columns = (
        [n[0] for n in names],
        [n[1] for n in names],
        [n[0] for n in ids],
        [n[1] for n in ids],
    )
    found: dict[str, dict[str, str]] = {}
    for row in await connection.fetch(_MEMBERS, *columns):
        of_room = found.setdefault(row["room_id"], {})
        of_room[row["user_id"]] = of_room[row["name"]] = row["user_id"]
    return found


async def _messages(
    connection: Connection, asked: Sequence[tuple[str | None, str]]
) -> dict[str, dict[str, Named]]:
    found: dict[str, dict[str, Named]] = {}
    for row in await connection.fetch(_KNOWN, [a[0] for a in asked], [a[1] for a in asked]):
        named = Named(row["id"], row["sender_id"], row["thread_id"], row["is_deleted"])
        found.setdefault(row["room_id"], {})[row["id"]] = named
    return found


def chat_parts(rows: Sequence[Any]) -> list[Insert]:
    """New messages of a batch, with the uploads they take and what else was noted."""
    messages = [row for row in rows if isinstance(row, Message)]
    parts: list[Insert] = [add_messages(messages)] if messages else []
    if any(message.attachments for message in messages):
        parts.append(attach_to_messages(messages))
    if len(messages) == len(rows):
        return parts
    if levels := [row for row in rows if isinstance(row, NotifyRow)]:
        columns = (
            [n.room_id for n in levels],
            [n.user_id for n in levels],
            [n.level for n in levels],
        )
        parts.append(Part(_NOTIFY, columns))
    return [*parts, *side_parts(rows)]


def _key(item: Submission) -> str | None:
    """Two choices of one member come one after the other; messages meet nobody."""
    if isinstance(item.payload, SetNotify):
        return f"{item.room_id} {item.actor.user_id}"
    return None


def add_messages(messages: Sequence[Message]) -> Rows:
    """New messages of a batch."""
    columns = (
        [m.id for m in messages],
        [m.room_id for m in messages],
        [m.seq for m in messages],
        [m.client_id for m in messages],
        [m.sender_id for m in messages],
        [m.type for m in messages],
        [m.content for m in messages],
        [m.reply_to_id for m in messages],
        [m.thread_id for m in messages],
        [encode_metadata(m) for m in messages],
        [m.created_at for m in messages],
    )
    return Rows(MESSAGES, columns)


CHAT_ROWS = RowStore(load_chat_rows, part=chat_parts, key=_key)

"""Rows of chat: what a rule needs to know of them, new ones, and history."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rooms.chat import ChatRows, CreateMessage, Message, Moment, Ref, Sender
from storage.backends import Pool
from storage.commit.rows import Connection, RowStore
from storage.commit.statement import Part
from storage.commit.submission import Submission

_KNOWN = """
SELECT m.id::text, m.room_id::text
FROM unnest($1::uuid[], $2::uuid[]) AS q (room_id, id)
JOIN messages m USING (room_id, id)
"""

_INSERT = """
INSERT INTO messages (id, room_id, seq, client_id, sender_id, message_type, content, reply_to_id,
                      thread_id, metadata, created_at)
SELECT id, room_id, seq, client_id, sender_id, message_type, content, reply_to_id, thread_id,
       metadata, created_at::timestamptz
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
            $8::uuid[], $9::uuid[], $10::jsonb[], $11::text[])
    AS m (id, room_id, seq, client_id, sender_id, message_type, content, reply_to_id, thread_id,
          metadata, created_at)
"""

_COLUMNS = """
SELECT m.id::text, m.room_id::text, m.seq, m.client_id::text, m.sender_id::text, m.message_type,
       CASE WHEN m.is_deleted THEN '' ELSE m.content END AS content, m.reply_to_id::text,
       m.thread_id::text, m.metadata, m.is_edited, m.is_deleted, m.is_pinned, u.username,
       coalesce(u.display_name, u.username) AS display_name, u.is_guest,
       to_char(m.edited_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS edited_at,
       to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at
FROM messages m JOIN users u ON u.id = m.sender_id
"""

_BEFORE = (
    _COLUMNS
    + """
WHERE m.room_id = $1 AND m.seq < $2 AND ($4::uuid IS NULL OR m.thread_id = $4)
ORDER BY m.seq DESC LIMIT $3
"""
)

_AFTER = (
    _COLUMNS
    + """
WHERE m.room_id = $1 AND m.seq > $2 AND ($4::uuid IS NULL OR m.thread_id = $4)
ORDER BY m.seq LIMIT $3
"""
)

MAX_SEQ = 2**63 - 1


class Page(Struct, frozen=True):
    """A stretch of a room's messages, oldest first."""

    messages: list[Message]
    has_more_before: bool
    has_more_after: bool


class _Metadata(Struct, frozen=True, omit_defaults=True):
    mentions: tuple[str, ...] = ()
    attachment_ids: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()
    moment: Moment | None = None


async def load_chat_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[ChatRows]:
    """For each message, which of the ids it names are messages of its room."""
    asked: list[tuple[str | None, str]] = []
    for item in submissions:
        if isinstance(item.payload, CreateMessage):
            named = (item.payload.reply_to_id, item.payload.thread_id)
            asked += [(item.room_id, message_id) for message_id in named if message_id]
    if not asked:
        return [ChatRows()] * len(submissions)
    rows = await connection.fetch(_KNOWN, [a[0] for a in asked], [a[1] for a in asked])
    known: dict[str, set[str]] = {}
    for row in rows:
        known.setdefault(row["room_id"], set()).add(row["id"])
    return [ChatRows(frozenset(known.get(item.room_id or "", ()))) for item in submissions]


def add_messages(messages: Sequence[Message]) -> Part:
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
        [
            msgspec.json.encode(_Metadata(m.mentions, m.attachment_ids, m.refs, m.moment)).decode()
            for m in messages
        ],
        [m.created_at for m in messages],
    )
    return Part(_INSERT, columns)


CHAT_ROWS = RowStore(load_chat_rows, part=add_messages)


async def history(
    pool: "Pool | Connection",
    room_id: str,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    thread_id: str | None = None,
    limit: int = 50,
) -> Page:
    """Messages before or after a seq, or on both sides of one; the newest when none is given.

    With `before` (`after`) only messages of a smaller (larger) seq; with `around` `limit` messages
    in all, half of them before that seq and the rest from it on.
    """
    if around is not None:
        earlier = await _fetch(pool, _BEFORE, room_id, around, limit // 2, thread_id)
        later = await _fetch(pool, _AFTER, room_id, around - 1, limit - limit // 2, thread_id)
        return Page(earlier[0][::-1] + later[0], earlier[1], later[1])
    if after is not None:
        later = await _fetch(pool, _AFTER, room_id, after, limit, thread_id)
        return Page(later[0], after > 0, later[1])
    edge = before if before is not None else MAX_SEQ
    earlier = await _fetch(pool, _BEFORE, room_id, edge, limit, thread_id)
    return Page(earlier[0][::-1], earlier[1], before is not None)


async def _fetch(
    pool: "Pool | Connection",
    query: str,
    room_id: str,
    edge: int,
    limit: int,
    thread_id: str | None,
) -> tuple[list[Message], bool]:
    rows = await pool.fetch(query, room_id, edge, limit + 1, thread_id)
    return [_message(row) for row in rows[:limit]], len(rows) > limit


def _message(row: Any) -> Message:
    metadata = msgspec.convert(row["metadata"] or {}, _Metadata)
    return Message(
        id=row["id"],
        room_id=row["room_id"],
        seq=row["seq"],
        client_id=row["client_id"],
        sender_id=row["sender_id"],
        sender=Sender(row["sender_id"], row["username"], row["display_name"], row["is_guest"]),
        type=row["message_type"],
        content=row["content"],
        reply_to_id=row["reply_to_id"],
        thread_id=row["thread_id"],
        mentions=metadata.mentions,
        attachment_ids=metadata.attachment_ids,
        refs=metadata.refs,
        moment=metadata.moment,
        is_edited=row["is_edited"],
        is_deleted=row["is_deleted"],
        is_pinned=row["is_pinned"],
        edited_at=row["edited_at"],
        created_at=row["created_at"],
    )

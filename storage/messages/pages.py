"""Reading messages: pages of history, single ones, pins, how a message read before."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rooms.chat.records import Message, MessageView, ReactionCount, Sender
from storage.backends import Pool
from storage.commit.rows import Connection
from storage.messages.rows import Metadata

MAX_SEQ = 2**63 - 1
PINS_BYTES = 262_144
"""Pinned messages come beside a page of others to whoever enters."""
PAGE_BYTES = 524_288
"""Of JSON in one page, or in each half of one that goes both ways, but one message at least: a page
is never more than may wait for a client (1 MiB), however long its messages are."""

PLAIN = """
SELECT m.id::text, m.room_id::text, m.seq, m.client_id::text, m.sender_id::text, m.message_type,
       m.content, m.reply_to_id::text, m.thread_id::text, m.metadata::text AS metadata, m.is_edited,
       m.is_deleted, m.is_pinned, m.rev, u.username,
       coalesce(u.display_name, u.username) AS display_name, u.is_guest,
       to_char(m.edited_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS edited_at,
       to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at
"""

FROM = "FROM messages m JOIN users u ON u.id = m.sender_id\n"

# Who has blocked the reader ($1) and whom he has blocked: read once a query.
_HIDDEN = """ARRAY(
    SELECT blocked_id FROM user_blocks WHERE blocker_id = $1
    UNION ALL SELECT blocker_id FROM user_blocks WHERE blocked_id = $1)"""

VISIBLE = f"m.sender_id <> ALL ({_HIDDEN})\n"

# The reader's own reactions stand before those of others.
GATHERED = f"""
     , (SELECT json_agg(json_build_object('emoji', k.emoji, 'count', k.count,
                                          'user_ids', k.user_ids[1:20]) ORDER BY k.first)
        FROM (SELECT r.emoji, count(*) AS count, min(r.created_at) AS first,
                     array_agg(r.user_id ORDER BY r.user_id <> $1, r.created_at) AS user_ids
              FROM message_reactions r WHERE r.message_id = m.id AND r.user_id <> ALL ({_HIDDEN})
              GROUP BY r.emoji) AS k
       )::text AS reactions,
       t.replies, t.last_reply_at
"""  # noqa: S608 (our own text)

THREAD = f"""
LEFT JOIN LATERAL (
    SELECT count(*) AS replies,
           to_char(max(x.created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
               AS last_reply_at
    FROM messages x WHERE x.room_id = m.room_id AND x.thread_id = m.id AND NOT x.is_deleted
      AND x.sender_id <> ALL ({_HIDDEN})
) AS t ON true
"""  # noqa: S608 (our own text)

VIEWS = PLAIN + GATHERED + FROM + THREAD

_PAGE = "WHERE m.room_id = $2 AND ($5::uuid IS NULL OR m.thread_id = $5) AND " + VISIBLE


def _stretch(between: str, order: str) -> str:
    """Messages on one side of a place, nearest first.

    They are picked before anything is joined to them, and the far end is a comparison of rows, of
    which the planner guesses nothing narrow. For it takes any two ends to be near each other, finds
    all of 600,000 messages between them, and only then looks for the nearest 50 (2 s a page).
    """
    picked = f"SELECT m.* FROM messages m {_PAGE}AND {between} ORDER BY {order} LIMIT $4"  # noqa: S608
    senders = "JOIN users u ON u.id = m.sender_id\n"
    return f"{PLAIN}{GATHERED}FROM ({picked}) AS m {senders}{THREAD}ORDER BY {order}"


_BEFORE = _stretch("m.seq < $3 AND (m.seq, 0) > ($6::bigint, 0)", "m.seq DESC")
_AFTER = _stretch("m.seq > $3 AND (m.seq, 0) < ($6::bigint, 0)", "m.seq")

_AT = VIEWS + "WHERE m.room_id = $2 AND m.seq = ANY($3::bigint[]) AND NOT m.is_deleted AND "
_AT += VISIBLE + "ORDER BY m.seq"

_PINNED = (
    VIEWS
    + "WHERE m.room_id = $2 AND m.is_pinned AND "
    + VISIBLE
    + "ORDER BY m.pinned_at DESC, m.id OFFSET $3"
)

_ONE = VIEWS + "WHERE m.id = $2 AND " + VISIBLE

_ROOM_OF = "SELECT room_id::text FROM messages WHERE id = $1"

_EDITS = """
SELECT rev, content, to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
       AS written_at
FROM message_edits WHERE message_id = $1 ORDER BY rev
"""


class Page(Struct, frozen=True):
    """A stretch of a room's messages, oldest first."""

    messages: list[MessageView]
    has_more_before: bool
    has_more_after: bool


class Pins(Struct, frozen=True):
    """What stands where newcomers find it, the newest pin first."""

    messages: list[MessageView]
    has_more: bool


class Wording(Struct, frozen=True):
    """How a message read once; rev 0 is how it began."""

    rev: int
    content: str
    written_at: str


async def history(
    pool: "Pool | Connection",
    room_id: str,
    *,
    reader_id: str,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    thread_id: str | None = None,
    limit: int = 50,
) -> Page:
    """Messages before or after a seq, or on both sides of one; the newest when none is given.

    With `before` (`after`) only messages of a smaller (larger) seq: with `after` the first of them,
    else the last; with both those between. With `around` `limit` messages in all, half of them
    before that seq and the rest from it on, within the other two. Messages of people whom the
    reader has blocked, or who have blocked him, are left out. A page may end before `limit`, by its
    bytes (`PAGE_BYTES`); `has_more_before` and `has_more_after` say so.
    """
    fixed = (reader_id, room_id)
    low, high = after or 0, MAX_SEQ if before is None else before
    if around is not None:
        first, last = min(around, high), max(around - 1, low)
        earlier = await _fetch(pool, _BEFORE, fixed, first, low, limit // 2, thread_id)
        later = await _fetch(pool, _AFTER, fixed, last, high, limit - limit // 2, thread_id)
        more_before, more_after = earlier[1] or low > 0, later[1] or before is not None
        return Page(earlier[0][::-1] + later[0], more_before, more_after)
    if after is not None:
        later = await _fetch(pool, _AFTER, fixed, low, high, limit, thread_id)
        return Page(later[0], low > 0, later[1] or before is not None)
    earlier = await _fetch(pool, _BEFORE, fixed, high, low, limit, thread_id)
    return Page(earlier[0][::-1], earlier[1], before is not None)


async def messages_at(
    pool: "Pool | Connection", room_id: str, seqs: Sequence[int], reader_id: str
) -> list[MessageView]:
    """The messages at these places of a room's log, in order; deleted and hidden ones left out."""
    return [view_of(row) for row in await pool.fetch(_AT, reader_id, room_id, list(seqs))]


async def pinned(pool: "Pool | Connection", room_id: str, reader_id: str, skip: int = 0) -> Pins:
    """Pinned messages of a room but for the first `skip`, as many as fit into `PINS_BYTES`."""
    rows = await pool.fetch(_PINNED, reader_id, room_id, skip)
    found = views_within(rows, PINS_BYTES)
    return Pins(found, len(found) < len(rows))


async def find_message(pool: Pool, message_id: str, reader_id: str) -> MessageView | None:
    """One message; None when there is none that the reader may see."""
    row = await pool.fetchrow(_ONE, reader_id, message_id)
    return view_of(row) if row is not None else None


async def room_of_message(pool: Pool, message_id: str) -> str | None:
    """The room a message was said in."""
    room_id: str | None = await pool.fetchval(_ROOM_OF, message_id)
    return room_id


async def wordings(pool: Pool, message_id: str) -> list[Wording]:
    """How an edited message read, oldest first; empty for one never edited, or deleted."""
    rows = await pool.fetch(_EDITS, message_id)
    return [Wording(row["rev"], row["content"], row["written_at"]) for row in rows]


def views_within(rows: Iterable[Any], max_bytes: int = PAGE_BYTES) -> list[MessageView]:
    """The first rows of `VIEWS` that fit, one at least; weighing one takes 2 us."""
    found: list[MessageView] = []
    for row in rows:
        view = view_of(row)
        max_bytes -= len(msgspec.json.encode(view))
        if max_bytes < 0 and found:
            break
        found.append(view)
    return found


def view_of(row: Any) -> MessageView:
    """A row of `VIEWS`."""
    return MessageView(
        **_fields(row),
        reactions=msgspec.json.decode(row["reactions"] or "[]", type=tuple[ReactionCount, ...]),
        replies=row["replies"],
        last_reply_at=row["last_reply_at"],
    )


def message_of(row: Any) -> Message:
    """A row of `PLAIN`."""
    return Message(**_fields(row))


def _fields(row: Any) -> dict[str, Any]:
    text = row["metadata"]
    metadata = msgspec.json.decode(text, type=Metadata) if text else Metadata()
    if row["is_deleted"]:
        metadata = Metadata()
    return {
        "id": row["id"],
        "room_id": row["room_id"],
        "seq": row["seq"],
        "client_id": row["client_id"],
        "sender_id": row["sender_id"],
        "sender": Sender(row["sender_id"], row["username"], row["display_name"], row["is_guest"]),
        "type": row["message_type"],
        "content": "" if row["is_deleted"] else row["content"],
        "reply_to_id": row["reply_to_id"],
        "thread_id": row["thread_id"],
        "mentions": metadata.mentions,
        "mentions_room": metadata.mentions_room,
        "attachment_ids": metadata.attachment_ids,
        "attachments": metadata.attachments,
        "refs": metadata.refs,
        "moment": metadata.moment,
        "is_edited": row["is_edited"],
        "is_deleted": row["is_deleted"],
        "is_pinned": row["is_pinned"],
        "rev": row["rev"],
        "edited_at": row["edited_at"],
        "created_at": row["created_at"],
    }


async def _fetch(
    pool: "Pool | Connection",
    query: str,
    fixed: tuple[str, str],
    edge: int,
    end: int,
    limit: int,
    thread_id: str | None,
) -> tuple[list[MessageView], bool]:
    rows = await pool.fetch(query, *fixed, edge, limit + 1, thread_id, end)
    views = views_within(rows[:limit])
    return views, len(rows) > len(views)

"""How far each member has received and read: one row a member, whatever the number of messages."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from storage.backends import Pool
from storage.commit.rows import Connection

MAX_COUNTED = 1_000
"""Unread messages are counted up to here; clients show 999+."""

MAX_CIRCLE = 500
"""People of rooms with more members than this are not told how much is unread: they ask."""

# The newest MAX_COUNTED unread messages of a member's room (lateral: $1 is nowhere in here).
COUNTS = """
    SELECT count(*) AS unread,
           count(*) FILTER (WHERE n.metadata -> 'mentions' ? m.user_id::text
                                  OR (n.metadata -> 'mentions_room')::boolean) AS mentions
    FROM (
        SELECT x.metadata FROM messages x
        WHERE x.room_id = m.room_id AND x.seq > m.last_read_seq AND x.sender_id <> m.user_id
          AND NOT x.is_deleted
          AND x.sender_id <> ALL (ARRAY(
              SELECT blocked_id FROM user_blocks WHERE blocker_id = m.user_id
              UNION ALL SELECT blocker_id FROM user_blocks WHERE blocked_id = m.user_id))
        ORDER BY x.seq DESC LIMIT 1000
    ) AS n
"""

_MARK_READ = (
    """
WITH m AS (
    UPDATE room_members SET
        last_read_seq = greatest(last_read_seq, least($3, s.head_seq)),
        shown_read_seq = CASE WHEN $4 THEN greatest(shown_read_seq, least($3, s.head_seq))
                              ELSE shown_read_seq END,
        read_at = now(), updated_at = now()
    FROM streams s
    WHERE s.id = room_id AND room_id = $1 AND user_id = $2 AND state = 'joined'
    RETURNING room_id, user_id, last_read_seq
)
SELECT m.last_read_seq, c.unread, c.mentions FROM m CROSS JOIN LATERAL ("""
    + COUNTS
    + ") AS c"
)

_UNREAD = (
    """
SELECT m.last_read_seq, c.unread, c.mentions
FROM room_members m CROSS JOIN LATERAL ("""
    + COUNTS
    + """) AS c
WHERE m.room_id = $1 AND m.user_id = $2 AND m.state = 'joined'
"""
)

# Of a large room nobody is counted for: there, who is named or answered is told by his bell.
_CONCERNED = f"""
SELECT m.room_id::text, m.user_id::text FROM unnest($1::uuid[]) AS r (id)
JOIN room_members m ON m.room_id = r.id AND m.user_id = ANY ($2::uuid[]) AND m.state = 'joined'
WHERE (SELECT count(*) FROM (
           SELECT FROM room_members x WHERE x.room_id = r.id AND x.state = 'joined'
           LIMIT {MAX_CIRCLE + 1}) AS circle) <= {MAX_CIRCLE}
LIMIT $3
"""  # noqa: S608 (our own number)

_UNREAD_OF = (
    """
SELECT m.room_id::text, m.user_id::text, m.last_read_seq, c.unread, c.mentions
FROM unnest($1::uuid[], $2::uuid[]) AS q (room_id, user_id)
JOIN room_members m ON m.room_id = q.room_id AND m.user_id = q.user_id AND m.state = 'joined'
CROSS JOIN LATERAL ("""
    + COUNTS
    + ") AS c"
)

_MARK_DELIVERED = """
UPDATE room_members m SET delivered_seq = least(q.seq, s.head_seq), delivered_at = now()
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS q (room_id, user_id, seq)
JOIN streams s ON s.id = q.room_id
WHERE m.room_id = q.room_id AND m.user_id = q.user_id AND m.state = 'joined'
  AND m.delivered_seq < least(q.seq, s.head_seq)
"""

_MARKS = """
SELECT user_id::text, shown_read_seq, greatest(delivered_seq, shown_read_seq) AS delivered_seq
FROM room_members WHERE room_id = $1 AND state = 'joined'
ORDER BY shown_read_seq DESC LIMIT $2
"""

_READ_BY = """
SELECT user_id::text, to_char(read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
FROM read_receipts WHERE message_id = $1 ORDER BY read_at NULLS LAST, user_id LIMIT 500
"""

_DELIVERED_TO = """
SELECT user_id::text,
       to_char(delivered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
FROM delivered_status WHERE message_id = $1 ORDER BY delivered_at NULLS LAST, user_id LIMIT 500
"""


class ReadMark(Struct, frozen=True):
    """Where a member has read to, and what is left."""

    room_id: str
    last_read_seq: int
    unread: int
    mentions: int


class Delivered(Struct, frozen=True):
    """Up to where a room's events have reached a user's device."""

    room_id: str
    user_id: str
    seq: int


class Marks(Struct, frozen=True):
    """A member's watermarks as others may see them."""

    user_id: str
    read_seq: int
    delivered_seq: int


class Receipt(Struct, frozen=True):
    """Who has read or received a message; `at` is when he last moved his mark."""

    user_id: str
    at: str | None


class Receipts(Struct, frozen=True, kw_only=True):
    """One message's receipts, from the members' watermarks; at most 500 each."""

    message_id: str
    status: str
    """sent, delivered (to everybody else) or read (by everybody else)."""
    read_by: list[Receipt]
    delivered_to: list[Receipt]


async def mark_read(
    pool: Pool, room_id: str, user_id: str, seq: int, *, shown: bool = True
) -> ReadMark | None:
    """Moves a member's watermark forward (never back); None when he is no member.

    Args:
        pool: the database.
        room_id: which room.
        user_id: whose mark.
        seq: everything up to here has been read.
        shown: False keeps it from others.
    """
    return _mark(room_id, await pool.fetchrow(_MARK_READ, room_id, user_id, seq, shown))


async def unread(pool: Pool, room_id: str, user_id: str) -> ReadMark | None:
    """What a member has not read yet; None when he is no member."""
    return _mark(room_id, await pool.fetchrow(_UNREAD, room_id, user_id))


async def concerned(
    pool: Pool, room_ids: Sequence[str], user_ids: Sequence[str], limit: int
) -> list[tuple[str, str]]:
    """Which of these users are in which of these rooms; nobody of rooms above `MAX_CIRCLE`."""
    rows = await pool.fetch(_CONCERNED, room_ids, user_ids, limit)
    return [(row["room_id"], row["user_id"]) for row in rows]


async def unread_of(
    pool: Pool, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], ReadMark]:
    """What these users, each in a room, have not read yet; nothing of who is no member."""
    if not pairs:
        return {}
    rooms, users = zip(*pairs, strict=True)
    return {
        (row["room_id"], row["user_id"]): ReadMark(
            row["room_id"], row["last_read_seq"], row["unread"], row["mentions"]
        )
        for row in await pool.fetch(_UNREAD_OF, rooms, users)
    }


async def mark_all_delivered(pool: Pool, marks: Sequence[Delivered]) -> None:
    """Notes what has reached members' devices; never back, never beyond the end of the log.

    Give them sorted, so that two nodes never wait for each other. Who is no member has no mark.
    """
    rooms, users, seqs = zip(*((m.room_id, m.user_id, m.seq) for m in marks), strict=True)
    await pool.execute(_MARK_DELIVERED, rooms, users, seqs)


async def marks(pool: "Pool | Connection", room_id: str, limit: int = 200) -> list[Marks]:
    """The members' watermarks, the furthest first."""
    rows = await pool.fetch(_MARKS, room_id, limit)
    return [Marks(row["user_id"], row["shown_read_seq"], row["delivered_seq"]) for row in rows]


async def receipts(pool: Pool, message_id: str, others: int) -> Receipts:
    """Who has read and received a message.

    Args:
        pool: the database.
        message_id: which.
        others: members beside its author.
    """
    read = [Receipt(r["user_id"], r["at"]) for r in await pool.fetch(_READ_BY, message_id)]
    got = [Receipt(r["user_id"], r["at"]) for r in await pool.fetch(_DELIVERED_TO, message_id)]
    status = "sent"
    if others > 0:
        status = "read" if len(read) >= others else "delivered" if len(got) >= others else "sent"
    return Receipts(message_id=message_id, status=status, read_by=read, delivered_to=got)


def _mark(room_id: str, row: Any) -> ReadMark | None:
    if row is None:
        return None
    return ReadMark(room_id, row["last_read_seq"], row["unread"], row["mentions"])

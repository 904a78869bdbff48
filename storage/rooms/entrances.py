"""What decides whether somebody may enter a room, and what he finds there of his own: many at once.

It names the stream's `rev`, which grows with every change of the room, its members, its slices and
its log (migrations/0009 and 0013): what was read at one rev is true while it stands.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Raw, Struct

from storage.commit.rows import Connection
from storage.messages import watermarks
from storage.rooms.rooms import Entry, Mine

MAX_MARKS = 200


class Entrance(Struct, frozen=True):
    """One user at one room, at one moment of its log."""

    entry: Entry
    epoch: str
    seq: int
    rev: int
    mine: Mine | None
    """His own place, when he is a member."""
    sees_all: bool
    """False when blocks hide somebody's messages from him."""


_ENTRANCES = f"""
SELECT q.number, r.room_type, m.state, m.role, m.last_read_seq, s.epoch, s.head_seq, s.rev,
       c.unread, c.mentions, coalesce(n.level, 'mentions') AS notify_level,
       NOT EXISTS (SELECT FROM user_blocks b WHERE b.blocker_id = q.user_id)
           AND NOT EXISTS (SELECT FROM user_blocks b WHERE b.blocked_id = q.user_id) AS sees_all
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS q (room_id, user_id, number)
JOIN rooms r ON r.id = q.room_id AND r.deleted_at IS NULL
JOIN streams s ON s.id = q.room_id
LEFT JOIN room_members m ON m.room_id = q.room_id AND m.user_id = q.user_id
LEFT JOIN room_notify_levels n ON n.room_id = q.room_id AND n.user_id = q.user_id
LEFT JOIN LATERAL ({watermarks.COUNTS}) AS c ON m.state = 'joined'
"""  # noqa: S608 (our own text)

_MARKS = """
SELECT q.room_id::text, coalesce(json_agg(json_build_object(
           'user_id', k.user_id, 'read_seq', k.shown_read_seq, 'delivered_seq', k.delivered_seq)
       ORDER BY k.shown_read_seq DESC) FILTER (WHERE k.user_id IS NOT NULL), '[]')::text AS marks
FROM unnest($1::uuid[]) AS q (room_id)
LEFT JOIN LATERAL (
    SELECT m.user_id, m.shown_read_seq,
           greatest(m.delivered_seq, m.shown_read_seq) AS delivered_seq
    FROM room_members m WHERE m.room_id = q.room_id AND m.state = 'joined'
    ORDER BY m.shown_read_seq DESC LIMIT $2
) AS k ON true
GROUP BY q.room_id
"""


async def entrances(
    connection: Connection, asked: Sequence[tuple[str, str]]
) -> list[Entrance | None]:
    """For each room and user, in their order; None where there is no such room."""
    room_ids, user_ids = [room for room, _ in asked], [user for _, user in asked]
    found: list[Entrance | None] = [None] * len(asked)
    for row in await connection.fetch(_ENTRANCES, room_ids, user_ids):
        found[row["number"] - 1] = _entrance(row)
    return found


async def marks_of(connection: Connection, room_ids: Sequence[str]) -> dict[str, Raw]:
    """The members' watermarks in each room, the furthest first, as JSON."""
    rows = await connection.fetch(_MARKS, list(room_ids), MAX_MARKS)
    return {row["room_id"]: Raw(row["marks"].encode()) for row in rows}


def _entrance(row: Any) -> Entrance:
    mine = None
    if row["state"] == "joined":
        mine = Mine(
            row["role"], row["last_read_seq"], row["unread"], row["mentions"], row["notify_level"]
        )
    return Entrance(
        entry=Entry(row["room_type"], row["state"], row["role"]),
        epoch=row["epoch"],
        seq=row["head_seq"],
        rev=row["rev"],
        mine=mine,
        sees_all=row["sees_all"],
    )

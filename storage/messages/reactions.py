"""Rows of reactions."""

from collections.abc import Sequence

from rooms.chat.reactions import React, Reacted, ReactionRows
from storage.commit.rows import Connection, RowStore
from storage.commit.statement import Part
from storage.commit.submission import Submission

_LOAD = """
SELECT q.number, m.room_id::text, m.is_deleted,
       coalesce((SELECT array_agg(DISTINCT r.emoji) FROM message_reactions r
                 WHERE r.message_id = m.id), '{}') AS kinds,
       coalesce((SELECT array_agg(r.emoji) FROM message_reactions r
                 WHERE r.message_id = m.id AND r.user_id = q.user_id), '{}') AS mine
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY
    AS q (room_id, message_id, user_id, number)
JOIN messages m ON m.id = q.message_id AND m.room_id = q.room_id
"""

_ADD = """
INSERT INTO message_reactions (message_id, user_id, emoji)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
ON CONFLICT (message_id, user_id, emoji) DO NOTHING
"""

_REMOVE = """
DELETE FROM message_reactions r
USING unnest($1::uuid[], $2::uuid[], $3::text[]) AS q (message_id, user_id, emoji)
WHERE r.message_id = q.message_id AND r.user_id = q.user_id AND r.emoji = q.emoji
"""


async def load_reaction_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[ReactionRows]:
    """For each command its message and what stands on it."""
    columns = (
        [item.room_id for item in submissions],
        [_message_id(item) for item in submissions],
        [item.actor.user_id for item in submissions],
    )
    found = {
        row["number"]: ReactionRows(
            row["room_id"], row["is_deleted"], frozenset(row["kinds"]), frozenset(row["mine"])
        )
        for row in await connection.fetch(_LOAD, *columns)
    }
    return [found.get(number, ReactionRows()) for number in range(1, len(submissions) + 1)]


def reaction_parts(rows: Sequence[Reacted]) -> list[Part]:
    """Writes of reactions."""
    parts = []
    for sql, added in ((_ADD, True), (_REMOVE, False)):
        chosen = [row.reaction for row in rows if row.added == added]
        if chosen:
            columns = (
                [r.message_id for r in chosen],
                [r.user_id for r in chosen],
                [r.emoji for r in chosen],
            )
            parts.append(Part(sql, columns))
    return parts


def _message_id(item: Submission) -> str:
    assert isinstance(item.payload, React)
    return item.payload.message_id.lower()


def _key(item: Submission) -> str:
    return f"{_message_id(item)} {item.actor.user_id}"


REACTION_ROWS = RowStore(load_reaction_rows, part=reaction_parts, key=_key)

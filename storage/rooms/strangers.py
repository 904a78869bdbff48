"""Who may not see a room."""

from collections.abc import Iterable

from storage.backends import Pool
from storage.postgres import Postgres

# As hub/access.py judges one.
_STRANGERS = """
SELECT q.room_id::text, q.user_id::text
FROM unnest($1::uuid[], $2::uuid[]) AS q (room_id, user_id)
LEFT JOIN rooms r ON r.id = q.room_id AND r.deleted_at IS NULL
LEFT JOIN room_members m ON m.room_id = q.room_id AND m.user_id = q.user_id
WHERE r.id IS NULL OR m.state = 'banned'
   OR (m.state IS DISTINCT FROM 'joined' AND r.room_type <> 'public')
"""


async def strangers(pool: Pool, there: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of these (room, user) of whom the user may not see the room.

    Raises:
        Unavailable: PostgreSQL does not answer.
    """
    pairs = list(there)
    rows = await Postgres(pool).rows(
        _STRANGERS, [room_id for room_id, _ in pairs], [user_id for _, user_id in pairs]
    )
    return [(row["room_id"], row["user_id"]) for row in rows]

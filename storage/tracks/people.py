"""Who likes a track, and who did what to it."""

from datetime import datetime

from msgspec import Struct

from storage.backends import Pool
from storage.postgres import Postgres


class Liker(Struct, frozen=True, kw_only=True):
    """Somebody who likes a track."""

    user_id: str
    username: str
    display_name: str
    avatar_url: str | None
    liked_at: datetime


class Deed(Struct, frozen=True, kw_only=True):
    """What was done to a track: `created`, `updated`, `published` and so on."""

    action: str
    username: str | None
    """None for the hub itself, and for an account that is gone."""
    done_at: datetime


_LIKERS = """
SELECT u.id::text AS user_id, u.username, coalesce(u.display_name, u.username) AS display_name,
       u.avatar AS avatar_url, l.created_at AS liked_at
FROM track_likes l JOIN users u ON u.id = l.user_id AND u.deleted_at IS NULL
WHERE l.track_id = $1
ORDER BY l.created_at DESC, l.id DESC
LIMIT $2 OFFSET $3
"""

_COUNT_LIKERS = """
SELECT count(*) FROM track_likes l JOIN users u ON u.id = l.user_id AND u.deleted_at IS NULL
WHERE l.track_id = $1
"""

_DEEDS = """
SELECT h.action::text AS action, u.username, h.created_at AS done_at
FROM track_history h LEFT JOIN users u ON u.id = h.user_id AND u.deleted_at IS NULL
WHERE h.track_id = $1
ORDER BY h.created_at DESC, h.id DESC
LIMIT $2 OFFSET $3
"""

_COUNT_DEEDS = "SELECT count(*) FROM track_history WHERE track_id = $1"


class TrackPeople:
    """Lists of people and deeds, the latest first."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def likers(self, track_id: str, limit: int, offset: int) -> tuple[list[Liker], int]:
        """A page of those who like the track, and how many they are in all."""
        rows = await self._postgres.rows(_LIKERS, track_id, limit, offset)
        total = await self._postgres.value(_COUNT_LIKERS, track_id)
        return [Liker(**dict(row)) for row in rows], int(total)

    async def deeds(self, track_id: str, limit: int, offset: int) -> tuple[list[Deed], int]:
        """A page of what was done to the track, and how much that is in all."""
        rows = await self._postgres.rows(_DEEDS, track_id, limit, offset)
        total = await self._postgres.value(_COUNT_DEEDS, track_id)
        return [Deed(**dict(row)) for row in rows], int(total)

"""What a track's own page shows beside the track: plays of late, comments, tracks like it."""

from datetime import datetime

from msgspec import Struct

from storage.backends import Pool
from storage.postgres import Postgres


class PlaysOfLate(Struct, frozen=True):
    """Plays since the beginning of the day, the week (Monday) and the month, UTC."""

    today: int
    this_week: int
    this_month: int


class Comment(Struct, frozen=True, kw_only=True):
    """A comment with its author."""

    seq_id: int
    user_seq_id: int
    username: str
    avatar_url: str | None
    content: str
    timestamp_s: float | None
    created_at: datetime
    likes: int


class Related(Struct, frozen=True):
    """A track that shares artist, genre or tags, and how much: 0 to 1."""

    track_id: str
    similarity: float


_PLAYS = """
SELECT count(*) FILTER (WHERE played_at >= date_trunc('day', now(), 'UTC')) AS today,
       count(*) FILTER (WHERE played_at >= date_trunc('week', now(), 'UTC')) AS this_week,
       count(*) FILTER (WHERE played_at >= date_trunc('month', now(), 'UTC')) AS this_month
FROM track_plays
WHERE track_id = $1 AND is_counted
  AND played_at >= least(date_trunc('week', now(), 'UTC'), date_trunc('month', now(), 'UTC'))
"""

_COMMENTS = """
SELECT c.seq_id, u.seq_id AS user_seq_id, u.username, u.avatar AS avatar_url, c.content,
       c."timestamp" AS timestamp_s, c.created_at,
       (SELECT count(*) FROM track_comment_likes l WHERE l.comment_id = c.id) AS likes
FROM track_comments c JOIN users u ON u.id = c.user_id
WHERE c.track_id = $1 AND u.deleted_at IS NULL
ORDER BY c.created_at DESC, c.id DESC
LIMIT $2
"""

# Candidates share something exactly, so that an index finds each kind; the weights add up to 1.
_RELATED = """
WITH own AS (
    SELECT id, folded(artist) AS artist, lower(genre) AS genre, coalesce(tags, '{}') AS tags
    FROM tracks WHERE id = $1
),
alike AS (
    SELECT t.id, t.popularity_score,
           0.4 * coalesce((folded(t.artist) = own.artist)::integer, 0)
           + 0.25 * coalesce((lower(t.genre) = own.genre)::integer, 0)
           + 0.35 * coalesce((SELECT count(*) FROM unnest(t.tags) AS tag
                              WHERE tag = ANY(own.tags))::numeric
                             / nullif(cardinality(own.tags), 0), 0) AS similarity
    FROM tracks t, own
    WHERE t.is_public AND t.status = 'completed' AND t.deleted_at IS NULL AND t.id <> own.id
      AND (folded(t.artist) = own.artist OR lower(t.genre) = own.genre OR t.tags && own.tags)
)
SELECT id::text AS track_id, round(similarity, 2)::float8 AS similarity
FROM alike
ORDER BY similarity DESC, popularity_score DESC, id DESC
LIMIT $2
"""


class TrackDetails:
    """Reads that only a track's own page asks for."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def plays(self, track_id: str) -> PlaysOfLate:
        """How often it has been played of late."""
        row = await self._postgres.row(_PLAYS, track_id)
        assert row is not None  # an aggregate without GROUP BY has one row
        return PlaysOfLate(row["today"], row["this_week"], row["this_month"])

    async def comments(self, track_id: str, most: int = 10) -> list[Comment]:
        """The latest comments, newest first."""
        rows = await self._postgres.rows(_COMMENTS, track_id, most)
        return [Comment(**dict(row)) for row in rows]

    async def related(self, track_id: str, most: int = 10) -> list[Related]:
        """Public tracks that are alike, the most alike first."""
        rows = await self._postgres.rows(_RELATED, track_id, most, timeout_s=2)
        return [Related(row["track_id"], row["similarity"]) for row in rows]

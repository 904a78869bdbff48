"""Plays of tracks, as listeners log them and as the server's clock allows."""

from msgspec import Struct

from storage.backends import Pool
from storage.postgres import Postgres

COUNTED_FROM_MS = 30_000
"""A play counts from here on, or from half of a track that is shorter than a minute."""
SLACK_MS = 2_000
"""A log may come this much before its time: buffers play on, clocks are read apart."""

# One log of a listener at a time, so that two at once do not share the same stretch of time.
_LOCK = "SELECT id FROM users WHERE id = $1 FOR UPDATE"

_ADD = """
WITH heard AS (
    SELECT t.id AS track_id, t.duration_ms,
           least($3::bigint, t.duration_ms,
                 (SELECT $8 + floor(1000 * extract(epoch FROM clock_timestamp() - p.created_at))
                  FROM track_plays p WHERE p.user_id = $2
                  ORDER BY p.created_at DESC LIMIT 1))::bigint AS listened_ms
    FROM tracks t WHERE t.id = $1 AND t.deleted_at IS NULL
),
judged AS (
    SELECT *, listened_ms >= least($7, duration_ms / 2) AS is_counted,
           NOT EXISTS (SELECT 1 FROM track_plays p
                       WHERE p.track_id = heard.track_id AND p.user_id = $2 AND p.is_counted)
               AS is_new_listener
    FROM heard
),
added AS (
    INSERT INTO track_plays (track_id, user_id, duration, played_at, device, ip_address,
                             listened_ms, is_completed, is_counted, context, created_at)
    SELECT track_id, $2, listened_ms / 1000, clock_timestamp(), $5, $6,
           listened_ms, $4 AND is_counted, is_counted, $9, clock_timestamp()
    FROM judged
),
counted AS (
    UPDATE tracks SET play_count = coalesce(play_count, 0) + 1,
           unique_listeners = coalesce(unique_listeners, 0) + is_new_listener::int
    FROM judged WHERE id = judged.track_id AND is_counted
)
SELECT listened_ms, is_counted FROM judged
"""


class Play(Struct, frozen=True, kw_only=True):
    """What a listener says."""

    track_id: str
    user_id: str
    listened_ms: int
    is_completed: bool
    context: str
    device: str | None = None
    ip_address: str | None = None


class Logged(Struct, frozen=True):
    """What was written down of a play."""

    listened_ms: int
    """At most the track's length, and at most the time since the listener's last play."""
    counted: bool
    """Whether it is one of the track's plays."""


class Plays:
    """The table track_plays."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def add(self, play: Play) -> Logged | None:
        """Write a play down; None when the track does not exist any more."""
        async with self._postgres.transaction() as connection:
            await connection.execute(_LOCK, play.user_id)
            row = await connection.fetchrow(
                _ADD,
                play.track_id,
                play.user_id,
                play.listened_ms,
                play.is_completed,
                play.device,
                play.ip_address,
                COUNTED_FROM_MS,
                SLACK_MS,
                play.context,
            )
        return None if row is None else Logged(row["listened_ms"], row["is_counted"])

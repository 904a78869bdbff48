"""Who is kept out of a room, for its moderators."""

from msgspec import Struct

from storage.backends import Pool

_BANS = """
SELECT m.user_id::text, u.username, coalesce(u.display_name, u.username) AS display_name,
       u.is_guest, l.actor_id::text AS by, a.username AS by_name, l.reason,
       to_char(l.until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS until,
       to_char(l.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS banned_at
FROM room_members m JOIN users u ON u.id = m.user_id
LEFT JOIN LATERAL (
    SELECT actor_id, reason, until, created_at FROM moderation_log
    WHERE room_id = m.room_id AND user_id = m.user_id AND action = 'ban'
    ORDER BY id DESC LIMIT 1
) AS l ON true
LEFT JOIN users a ON a.id = l.actor_id
WHERE m.room_id = $1 AND m.state = 'banned' AND ($2::uuid IS NULL OR m.user_id > $2)
ORDER BY m.user_id LIMIT $3
"""


class Ban(Struct, frozen=True, kw_only=True):
    """Somebody who may not come in, and what the log of measures says of it."""

    user_id: str
    username: str
    display_name: str
    is_guest: bool
    by: str | None
    by_name: str | None
    reason: str | None
    until: str | None
    """ISO 8601; null: until somebody lifts it."""
    banned_at: str | None


async def bans_of(pool: Pool, room_id: str, *, after: str | None, limit: int) -> list[Ban]:
    """Who is kept out of a room, in id order; `after` is the last user id of the page before."""
    return [Ban(**dict(row)) for row in await pool.fetch(_BANS, room_id, after, limit)]

"""What users show of themselves, and when they were last here. Who is where: places.py."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from rooms.presence import Activity, Chosen
from storage.backends import Pool

CHOSEN = """p.status, p.invisible, p.status_message,
       (extract(epoch FROM p.status_expires_at) * 1000)::bigint AS status_expires_at_ms,
       p.activity, (extract(epoch FROM p.updated_at) * 1000)::bigint AS chosen_at_ms"""
"""What `chosen_of` reads, of user_presence `p`."""

_CHOSEN = f"""
SELECT p.user_id::text, {CHOSEN} FROM user_presence p WHERE p.user_id = ANY($1::uuid[])
"""  # noqa: S608 (our own columns)

_CHOOSE = """
INSERT INTO user_presence (user_id, status, invisible, status_message, track_id, track_title,
                           status_expires_at, activity, updated_at, last_seen_at)
VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::bigint / 1000.0), $8,
        to_timestamp($9::bigint / 1000.0), now())
ON CONFLICT (user_id) DO UPDATE SET
    status = excluded.status, invisible = excluded.invisible,
    status_message = excluded.status_message, track_id = excluded.track_id,
    track_title = excluded.track_title, status_expires_at = excluded.status_expires_at,
    activity = excluded.activity, last_seen_at = now(), updated_at = excluded.updated_at
"""

_ROW = """
INSERT INTO user_presence (user_id, status) VALUES ($1, 'online') ON CONFLICT (user_id) DO NOTHING
"""

_SET_ACTIVITY = f"""
INSERT INTO user_presence AS p (user_id, status, track_id, track_title, activity, updated_at,
                                last_seen_at)
VALUES ($1, 'online', $2, $3, $4, to_timestamp($5::bigint / 1000.0), now())
ON CONFLICT (user_id) DO UPDATE SET
    track_id = excluded.track_id, track_title = excluded.track_title,
    activity = excluded.activity, last_seen_at = now(), updated_at = excluded.updated_at
RETURNING {CHOSEN}
"""  # noqa: S608 (our own columns)

_SEEN = """
INSERT INTO user_presence (user_id, status, last_seen_at)
SELECT id, 'online', now() FROM unnest($1::uuid[]) AS u (id)
ON CONFLICT (user_id) DO UPDATE SET last_seen_at = now()
"""

_LAST_SEEN = """
SELECT to_char(last_seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM user_presence
WHERE user_id = $1 AND NOT coalesce(invisible, false) AND status IS DISTINCT FROM 'offline'
  AND coalesce((SELECT show_activity FROM user_settings WHERE user_id = $1), true)
  AND NOT EXISTS (SELECT FROM user_blocks
                  WHERE (blocker_id, blocked_id) IN (($1::uuid, $2::uuid), ($2::uuid, $1::uuid)))
"""

_SHOWS_LAST_SEEN = """
SELECT coalesce((SELECT show_activity FROM user_settings WHERE user_id = $1), true)
"""

_SHOW_LAST_SEEN = """
INSERT INTO user_settings (user_id, show_activity) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET show_activity = excluded.show_activity, updated_at = now()
"""

_CONTACTS = """
SELECT DISTINCT other.user_id::text
FROM room_members me
JOIN rooms r ON r.id = me.room_id AND r.room_type <> 'public' AND r.deleted_at IS NULL
JOIN room_members other ON other.room_id = me.room_id AND other.state = 'joined'
WHERE me.user_id = $1 AND me.state = 'joined' AND other.user_id <> $1
  AND NOT EXISTS (SELECT FROM user_blocks b
                  WHERE (b.blocker_id, b.blocked_id) IN (($1, other.user_id), (other.user_id, $1)))
ORDER BY 1 LIMIT $2
"""

_IS_USER = "SELECT EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL)"

_SIMPLY_ONLINE = Chosen()


async def chosen(pool: Pool, user_ids: Sequence[str]) -> dict[str, Chosen]:
    """What each of these users has set; someone who never did is simply online."""
    rows = await pool.fetch(_CHOSEN, list(user_ids))
    return dict.fromkeys(user_ids, _SIMPLY_ONLINE) | {
        row["user_id"]: chosen_of(row) for row in rows
    }


async def choose(pool: Pool, user_id: str, value: Chosen) -> None:
    """Keeps what the user has set."""
    await pool.execute(_CHOOSE, *_fields(user_id, value))


async def change(pool: Pool, user_id: str, to: Callable[[Chosen], Chosen]) -> Chosen:
    """Makes something else of what the user has set; two changes at once both count."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_ROW, user_id)
        row = await connection.fetchrow(_CHOSEN + "FOR UPDATE", [user_id])
        shown = to(chosen_of(row))
        await connection.execute(_CHOOSE, *_fields(user_id, shown))
    return shown


def _fields(user_id: str, value: Chosen) -> tuple[Any, ...]:
    activity = value.activity
    return (
        user_id,
        value.status,
        value.invisible,
        value.status_message,
        activity.track_id if activity else None,
        activity.track_title if activity else None,
        value.status_expires_at_ms,
        msgspec.to_builtins(activity) if activity else None,
        value.chosen_at_ms,
    )


async def set_activity(pool: Pool, user_id: str, activity: Activity | None, at_ms: int) -> Chosen:
    """Keeps what the user is doing and nothing else of his choice; returns all of it."""
    row = await pool.fetchrow(
        _SET_ACTIVITY,
        user_id,
        activity.track_id if activity else None,
        activity.track_title if activity else None,
        msgspec.to_builtins(activity) if activity else None,
        at_ms,
    )
    return chosen_of(row)


async def seen(pool: Pool, user_ids: Sequence[str]) -> None:
    """Notes that these users, each named once, were here until now."""
    await pool.execute(_SEEN, sorted(user_ids))


async def last_seen_at(pool: Pool, user_id: str, reader_id: str) -> str | None:
    """When the user was last here, ISO 8601.

    None for the invisible and the unknown, for who keeps it to himself, and between two of whom
    one has blocked the other.
    """
    at: str | None = await pool.fetchval(_LAST_SEEN, user_id, reader_id)
    return at


async def shows_last_seen(pool: Pool, user_id: str) -> bool:
    """Whether others may see when the user was last here; they may until he says no."""
    shows: bool = await pool.fetchval(_SHOWS_LAST_SEEN, user_id)
    return shows


async def show_last_seen(pool: Pool, user_id: str, show: bool) -> None:
    """Keeps whether others may see when the user was last here."""
    await pool.execute(_SHOW_LAST_SEEN, user_id, show)


async def is_user(pool: Pool, user_id: str) -> bool:
    """Whether there is such a user."""
    found: bool = await pool.fetchval(_IS_USER, user_id)
    return found


async def contacts(pool: Pool, user_id: str, limit: int) -> list[str]:
    """People the user shares a private room or a direct message with, but for blocks."""
    return [row["user_id"] for row in await pool.fetch(_CONTACTS, user_id, limit)]


def chosen_of(row: Any) -> Chosen:
    """What somebody has set, in a row of the columns `CHOSEN`; all NULL when he never did."""
    if row["status"] is None and row["chosen_at_ms"] is None:
        return _SIMPLY_ONLINE
    activity = row["activity"]
    return Chosen(
        status=row["status"] or "online",
        invisible=bool(row["invisible"]),
        status_message=row["status_message"],
        status_expires_at_ms=row["status_expires_at_ms"],
        activity=msgspec.convert(activity, Activity) if activity else None,
        chosen_at_ms=row["chosen_at_ms"] or 0,
    )

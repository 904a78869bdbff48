"""Notifications: what each person has got, and how loud he wants it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from storage.backends import Pool
from storage.notifications.words import forget_notifications

Kind = Literal[
    "mention",
    "reply",
    "dm",
    "message",
    "invite",
    "added",
    "moderation",
    "report",
    "session",
    "follow",
    "like",
    "comment",
    "system",
]
KINDS: tuple[Kind, ...] = (
    "mention", "reply", "dm", "message", "invite", "added", "moderation", "report", "session",
    "follow", "like", "comment", "system",
)  # fmt: skip
_ADD = """
INSERT INTO notifications (id, user_id, type, title, content, link, room_id, message_id, actor_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::uuid[], $8::uuid[], $9::uuid[])
ON CONFLICT (id) DO NOTHING
"""

_COLUMNS = """
SELECT id::text, type, title, content, link, read, room_id::text, message_id::text, actor_id::text,
       (SELECT coalesce(display_name, username) FROM users
        WHERE users.id = notifications.actor_id) AS actor_name,
       (SELECT name FROM rooms WHERE rooms.id = notifications.room_id) AS room_name,
       to_char(read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS read_at,
       to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at
FROM notifications
"""

_LIST = (
    _COLUMNS
    + """
WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) AND (NOT $4 OR NOT read)
ORDER BY id DESC LIMIT $3
"""
)

_COUNTS = "SELECT count(*) FROM notifications WHERE user_id = $1 AND (NOT $2 OR NOT read)"

_UNREAD_OF = """
SELECT user_id::text, count(*) AS unread FROM notifications
WHERE user_id = ANY($1::uuid[]) AND NOT read GROUP BY user_id
"""

_READ = """
UPDATE notifications SET read = true, read_at = coalesce(read_at, now()), updated_at = now()
WHERE user_id = $1 AND id = $2 RETURNING id
"""

_READ_ALL = """
UPDATE notifications SET read = true, read_at = now(), updated_at = now()
WHERE user_id = $1 AND NOT read
"""

_PREFERENCES = "SELECT type, in_app, push, email FROM notification_preferences WHERE user_id = $1"

_SET_PREFERENCES = """
INSERT INTO notification_preferences (user_id, type, in_app, push, email)
SELECT $1, * FROM unnest($2::text[], $3::boolean[], $4::boolean[], $5::boolean[])
ON CONFLICT (user_id, type) DO UPDATE SET
    in_app = excluded.in_app, push = excluded.push, email = excluded.email
"""

_QUIET = "SELECT from_minute, until_minute, time_zone FROM quiet_hours WHERE user_id = $1"

_SET_QUIET = """
INSERT INTO quiet_hours (user_id, from_minute, until_minute, time_zone) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id) DO UPDATE SET from_minute = excluded.from_minute,
    until_minute = excluded.until_minute, time_zone = excluded.time_zone
"""

_NO_QUIET = "DELETE FROM quiet_hours WHERE user_id = $1"

_RESTING = """
SELECT user_id::text FROM (
    SELECT user_id, from_minute AS f, until_minute AS u,
           (extract(hour FROM $2::timestamptz AT TIME ZONE time_zone) * 60
            + extract(minute FROM $2::timestamptz AT TIME ZONE time_zone))::int AS now
    FROM quiet_hours WHERE user_id = ANY($1::uuid[])
) AS q
WHERE CASE WHEN f <= u THEN now >= f AND now < u ELSE now >= f OR now < u END
UNION
SELECT user_id::text FROM user_presence
WHERE user_id = ANY($1::uuid[]) AND status = 'busy'
  AND (status_expires_at IS NULL OR status_expires_at > $2::timestamptz)
"""

_IS_ZONE = "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)"


class Notification(Struct, frozen=True, kw_only=True):
    """What rang for somebody."""

    id: str
    type: str
    title: str
    content: str | None
    link: str | None
    read: bool = False
    read_at: str | None = None
    created_at: str
    room_id: str | None = None
    message_id: str | None = None
    actor_id: str | None = None
    actor_name: str | None = None
    room_name: str | None = None
    """With `type` and `actor_name` what `title` says, for a client that says it otherwise."""


class Preference(Struct, frozen=True, kw_only=True):
    """How loud one kind is."""

    in_app: bool = True
    push: bool = True
    email: bool = False


class QuietHours(Struct, frozen=True, kw_only=True):
    """A stretch of each day without push; over midnight when `from` is later than `until`."""

    from_minute: int
    """Minutes after midnight."""
    until_minute: int
    time_zone: str = "UTC"


class Notifications:
    """Notifications of people."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, by_user: Mapping[str, Notification]) -> None:
        """New notifications, one a person; those of a known id change nothing."""
        n = list(by_user.values())
        await self._pool.execute(
            _ADD,
            [each.id for each in n],
            list(by_user),
            [each.type for each in n],
            [each.title[:255] for each in n],
            [each.content for each in n],
            [each.link for each in n],
            [each.room_id for each in n],
            [each.message_id for each in n],
            [each.actor_id for each in n],
        )

    async def page(
        self, user_id: str, *, before: str | None, limit: int, unread_only: bool = False
    ) -> list[Notification]:
        """A person's notifications, newest first; `before` is the last id of the page before."""
        rows = await self._pool.fetch(_LIST, user_id, before, limit, unread_only)
        return [Notification(**dict(row)) for row in rows]

    async def count(self, user_id: str, *, unread_only: bool = False) -> int:
        """How many there are."""
        count: int = await self._pool.fetchval(_COUNTS, user_id, unread_only)
        return count

    async def unread_of(self, user_ids: Sequence[str]) -> dict[str, int]:
        """Unread notifications by person."""
        rows = await self._pool.fetch(_UNREAD_OF, list(user_ids))
        return {row["user_id"]: row["unread"] for row in rows}

    async def mark_read(self, user_id: str, notification_id: str) -> bool:
        """Marks one; False when he has none of this id."""
        return await self._pool.fetchval(_READ, user_id, notification_id) is not None

    async def mark_all_read(self, user_id: str) -> None:
        """Marks all."""
        await self._pool.execute(_READ_ALL, user_id)

    async def delete(self, user_id: str, notification_id: str) -> bool:
        """Takes one away; False when he has none of this id."""
        return await forget_notifications(self._pool, user_id, notification_id) > 0

    async def delete_all(self, user_id: str) -> None:
        """Takes all away."""
        await forget_notifications(self._pool, user_id, None)

    async def preferences(self, user_id: str) -> dict[str, Preference]:
        """How loud each kind is for a person."""
        rows = await self._pool.fetch(_PREFERENCES, user_id)
        chosen = {
            r["type"]: Preference(in_app=r["in_app"], push=r["push"], email=r["email"])
            for r in rows
        }
        return {kind: chosen.get(kind, Preference()) for kind in KINDS}

    async def set_preferences(self, user_id: str, chosen: Mapping[Kind, Preference]) -> None:
        """Changes how loud some kinds are."""
        values = list(chosen.values())
        await self._pool.execute(
            _SET_PREFERENCES,
            user_id,
            list(chosen),
            [v.in_app for v in values],
            [v.push for v in values],
            [v.email for v in values],
        )

    async def quiet_hours(self, user_id: str) -> QuietHours | None:
        """When a person wants no push."""
        row = await self._pool.fetchrow(_QUIET, user_id)
        return QuietHours(**dict(row)) if row is not None else None

    async def set_quiet_hours(self, user_id: str, quiet: QuietHours | None) -> bool:
        """Sets or ends them; False when PostgreSQL knows no such time zone."""
        if quiet is None:
            await self._pool.execute(_NO_QUIET, user_id)
            return True
        if not await self._pool.fetchval(_IS_ZONE, quiet.time_zone):
            return False
        await self._pool.execute(
            _SET_QUIET, user_id, quiet.from_minute, quiet.until_minute, quiet.time_zone
        )
        return True

    async def resting(self, user_ids: Sequence[str], now: datetime) -> set[str]:
        """Those of `user_ids` whose quiet hours it is, or who do not want to be disturbed."""
        rows = await self._pool.fetch(_RESTING, list(user_ids), now)
        return {row["user_id"] for row in rows}

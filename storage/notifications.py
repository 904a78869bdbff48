"""Notifications: whom a notice concerns, what each person has got, and how loud he wants it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from rooms.notices import Notice
from storage.backends import Pool

Kind = Literal[
    "mention",
    "reply",
    "dm",
    "message",
    "invite",
    "added",
    "moderation",
    "report",
    "follow",
    "like",
    "comment",
    "system",
]
KINDS: tuple[Kind, ...] = (
    "mention", "reply", "dm", "message", "invite", "added", "moderation", "report", "follow",
    "like", "comment", "system",
)  # fmt: skip
MOST_TOLD = 2_000
"""People whom one message rings for; beyond, a room is read and not heard."""

# Whom a message rings for: who is named, answered or written to, and who wants to hear all; not who
# has read it by now, and nobody who has blocked its author or was blocked by him.
_OF_MESSAGE = f"""
SELECT c.user_id::text, c.kind, coalesce(p.in_app, true) AS in_app, coalesce(p.push, true) AS push
FROM (
    SELECT m.user_id, coalesce(l.level, 'mentions') AS level,
           CASE WHEN $4 THEN 'dm' WHEN m.user_id = $6 THEN 'reply'
                WHEN m.user_id = ANY ($5::uuid[]) OR $7 THEN 'mention' ELSE 'message' END AS kind
    FROM room_members m
    LEFT JOIN room_notify_levels l ON l.room_id = m.room_id AND l.user_id = m.user_id
    WHERE m.room_id = $1 AND m.state = 'joined' AND m.user_id <> $2 AND m.last_read_seq < $3
      AND ($4 OR $7 OR m.user_id = $6 OR m.user_id = ANY ($5::uuid[] || $8::uuid[]))
      AND NOT EXISTS (SELECT FROM user_blocks b WHERE (b.blocker_id, b.blocked_id)
                      IN ((m.user_id, $2), ($2, m.user_id)))
    LIMIT {MOST_TOLD}
) AS c
LEFT JOIN notification_preferences p ON p.user_id = c.user_id AND p.type = c.kind
WHERE c.level <> 'none' AND (c.kind <> 'message' OR c.level = 'all')
"""  # noqa: S608 (our own text)

_OF_MODERATORS = """
SELECT m.user_id::text, $3::text AS kind, coalesce(p.in_app, true) AS in_app,
       coalesce(p.push, true) AS push
FROM room_members m
LEFT JOIN notification_preferences p ON p.user_id = m.user_id AND p.type = $3
WHERE m.room_id = $1 AND m.state = 'joined' AND m.user_id <> $2
  AND m.role IN ('owner', 'admin', 'moderator') LIMIT 100
"""

_OF_ONE = """
SELECT u.id::text AS user_id, $2::text AS kind, coalesce(p.in_app, true) AS in_app,
       coalesce(p.push, true) AS push
FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id AND p.type = $2
WHERE u.id = $1 AND u.deleted_at IS NULL
"""

_SUBJECT = """
SELECT r.name AS room, r.room_type, coalesce(u.display_name, u.username) AS actor
FROM rooms r LEFT JOIN users u ON u.id = $2 WHERE r.id = $1 AND r.deleted_at IS NULL
"""

_ADD = """
INSERT INTO notifications (id, user_id, type, title, content, link, room_id, message_id, actor_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::uuid[], $8::uuid[], $9::uuid[])
ON CONFLICT (id) DO NOTHING
"""

_COLUMNS = """
SELECT id::text, type, title, content, link, read, room_id::text, message_id::text, actor_id::text,
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

_DELETE = "DELETE FROM notifications WHERE user_id = $1 AND id = $2 RETURNING id"
_DELETE_ALL = "DELETE FROM notifications WHERE user_id = $1"

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
"""

_IS_ZONE = "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)"


class Told(Struct, frozen=True):
    """Somebody whom a notice concerns, and how he wants to hear of it."""

    user_id: str
    kind: Kind
    in_app: bool
    push: bool


class Subject(Struct, frozen=True):
    """Names that a notification speaks of."""

    room: str
    room_type: str
    actor: str | None


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

    async def told_of(self, notice: Notice) -> list[Told]:
        """Everybody whom a notice concerns."""
        told: list[Any] = []
        if notice.kind == "message":
            told += await self._pool.fetch(
                _OF_MESSAGE,
                notice.room_id,
                notice.actor_id,
                notice.seq,
                notice.is_dm,
                list(notice.mentions),
                notice.replied_to,
                notice.mentions_room,
                list(notice.told_all),
            )
        if notice.alerts or notice.kind in ("alert", "report"):
            kind = "report" if notice.kind == "report" else "moderation"
            told += await self._pool.fetch(_OF_MODERATORS, notice.room_id, notice.actor_id, kind)
        if notice.kind in ("invite", "added", "measure"):
            kind = "moderation" if notice.kind == "measure" else notice.kind
            told += await self._pool.fetch(_OF_ONE, notice.user_id, kind)
        by_user = {row["user_id"]: row for row in reversed(told)}
        return [Told(r["user_id"], r["kind"], r["in_app"], r["push"]) for r in by_user.values()]

    async def subject(self, notice: Notice) -> Subject | None:
        """What a notice is about; None when the room is gone."""
        row = await self._pool.fetchrow(_SUBJECT, notice.room_id, notice.actor_id)
        return Subject(row["room"], row["room_type"], row["actor"]) if row is not None else None

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
        return await self._pool.fetchval(_DELETE, user_id, notification_id) is not None

    async def delete_all(self, user_id: str) -> None:
        """Takes all away."""
        await self._pool.execute(_DELETE_ALL, user_id)

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
        """Those of `user_ids` whose quiet hours it is."""
        rows = await self._pool.fetch(_RESTING, list(user_ids), now)
        return {row["user_id"] for row in rows}

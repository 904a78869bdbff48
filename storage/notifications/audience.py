"""Whom a notice concerns, and what it is about."""

from typing import Any

from msgspec import Struct

from rooms.notices import Notice
from storage.backends import Pool
from storage.notifications.notifications import Kind

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

# Everybody who has joined the room of a session, its host too.
_OF_SESSION = f"""
SELECT m.user_id::text, 'session' AS kind, coalesce(p.in_app, true) AS in_app,
       coalesce(p.push, true) AS push
FROM room_members m
LEFT JOIN room_notify_levels l ON l.room_id = m.room_id AND l.user_id = m.user_id
LEFT JOIN notification_preferences p ON p.user_id = m.user_id AND p.type = 'session'
WHERE m.room_id = $1 AND m.state = 'joined' AND coalesce(l.level, 'mentions') <> 'none'
LIMIT {MOST_TOLD}
"""  # noqa: S608 (our own text)

# Who keeps order in the whole hub: reports that no room's moderators look at ring for them.
_OF_HUB = """
SELECT u.id::text AS user_id, $2::text AS kind, coalesce(p.in_app, true) AS in_app,
       coalesce(p.push, true) AS push
FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id AND p.type = $2
WHERE u.role IN ('moderator', 'admin') AND u.deleted_at IS NULL AND u.id <> $1 LIMIT 100
"""

_OF_ONE = """
SELECT u.id::text AS user_id, $2::text AS kind, coalesce(p.in_app, true) AS in_app,
       coalesce(p.push, true) AS push
FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id AND p.type = $2
WHERE u.id = $1 AND u.deleted_at IS NULL
"""

_ACTOR = "SELECT coalesce(display_name, username) FROM users WHERE id = $1"

_SUBJECT = """
SELECT r.name AS room, r.room_type, coalesce(u.display_name, u.username) AS actor
FROM rooms r LEFT JOIN users u ON u.id = $2 WHERE r.id = $1 AND r.deleted_at IS NULL
"""


class Told(Struct, frozen=True):
    """Somebody whom a notice concerns, and how he wants to hear of it."""

    user_id: str
    kind: Kind
    in_app: bool
    push: bool


class Subject(Struct, frozen=True):
    """Names that a notification speaks of."""

    room: str | None
    """None: the whole hub."""
    room_type: str | None
    actor: str | None


async def told_of(pool: Pool, notice: Notice) -> list[Told]:
    """Everybody whom a notice concerns."""
    told: list[Any] = []
    if notice.kind == "message":
        told += await pool.fetch(
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
    if notice.room_id is None:
        told += await pool.fetch(_OF_HUB, notice.actor_id, notice.kind)
    elif notice.alerts or notice.kind in ("alert", "report"):
        kind = "report" if notice.kind == "report" else "moderation"
        told += await pool.fetch(_OF_MODERATORS, notice.room_id, notice.actor_id, kind)
    if notice.kind == "session":
        told += await pool.fetch(_OF_SESSION, notice.room_id)
    if notice.kind in ("invite", "added", "measure"):
        kind = "moderation" if notice.kind == "measure" else notice.kind
        told += await pool.fetch(_OF_ONE, notice.user_id, kind)
    by_user = {row["user_id"]: row for row in reversed(told)}
    return [Told(r["user_id"], r["kind"], r["in_app"], r["push"]) for r in by_user.values()]


async def subject_of_notice(pool: Pool, notice: Notice) -> Subject | None:
    """What a notice is about; None when the room is gone."""
    if notice.room_id is None:
        return Subject(None, None, await pool.fetchval(_ACTOR, notice.actor_id))
    row = await pool.fetchrow(_SUBJECT, notice.room_id, notice.actor_id)
    return Subject(row["room"], row["room_type"], row["actor"]) if row is not None else None

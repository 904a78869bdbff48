"""The log of measures: written with the commit, read by moderators."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rooms.moderation.records import Measure
from rooms.notices import Notice
from storage.backends import Pool
from storage.commit.statement import Part
from storage.notifications.notices import add_notices

_ADD = """
INSERT INTO moderation_log (room_id, actor_id, user_id, action, reason, until, message_id, details,
                            created_at)
SELECT room_id, actor_id, user_id, action, reason, to_timestamp(until_ms / 1000.0), message_id,
       details, to_timestamp(at_ms / 1000.0)
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::uuid[],
            $8::jsonb[], $9::bigint[])
    AS m (room_id, actor_id, user_id, action, reason, until_ms, message_id, details, at_ms)
"""

_LOG = """
SELECT l.id::text, l.actor_id::text, a.username AS actor, l.user_id::text, u.username AS username,
       l.action, l.reason, l.message_id::text, l.details::text,
       to_char(l.until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS until,
       to_char(l.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at
FROM moderation_log l
LEFT JOIN users a ON a.id = l.actor_id LEFT JOIN users u ON u.id = l.user_id
WHERE l.room_id = $1 AND ($2::uuid IS NULL OR l.id < $2) ORDER BY l.id DESC LIMIT $3
"""


class LogLine(Struct, frozen=True, kw_only=True):
    """One measure, for moderators."""

    id: str
    action: str
    by: str | None
    """Null when a rule of the room took it."""
    by_name: str | None
    user_id: str | None
    username: str | None
    reason: str | None
    until: str | None
    message_id: str | None
    details: dict[str, Any]
    created_at: str


def add_measures(measures: Sequence[Measure]) -> Part:
    """New lines of the log of measures."""
    columns = (
        [m.room_id for m in measures],
        [m.actor_id for m in measures],
        [m.user_id for m in measures],
        [m.action for m in measures],
        [m.reason for m in measures],
        [m.until_ms for m in measures],
        [m.message_id for m in measures],
        [msgspec.json.encode(m.details).decode() for m in measures],
        [m.at_ms for m in measures],
    )
    return Part(_ADD, columns)


def side_parts(rows: Sequence[Any]) -> list[Part]:
    """Parts for the measures and notices among a feature's rows."""
    measures = [row for row in rows if isinstance(row, Measure)]
    notices = [row for row in rows if isinstance(row, Notice)]
    parts = [add_measures(measures)] if measures else []
    return [*parts, add_notices(notices)] if notices else parts


async def measures_of(pool: Pool, room_id: str, *, before: str | None, limit: int) -> list[LogLine]:
    """A room's log of measures, newest first; `before` is the last id of the page before."""
    return [
        LogLine(
            id=row["id"],
            action=row["action"],
            by=row["actor_id"],
            by_name=row["actor"],
            user_id=row["user_id"],
            username=row["username"],
            reason=row["reason"],
            until=row["until"],
            message_id=row["message_id"],
            details=msgspec.json.decode(row["details"]),
            created_at=row["created_at"],
        )
        for row in await pool.fetch(_LOG, room_id, before, limit)
    ]

"""What people report: a message, a person, a room.

A room's moderators look at its messages, broadcasts and at people in it; the hub's own at the rest.
"""

from typing import Any, Literal

from msgspec import Struct

from storage.backends import Pool

Kind = Literal["message", "user", "room", "track", "live"]

_ADD = """
INSERT INTO reports (reporter_id, reported_user_id, content_type, content_id, reason, room_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (reporter_id, content_type, content_id) WHERE status = 'pending'
DO UPDATE SET reason = excluded.reason, room_id = excluded.room_id, updated_at = now()
RETURNING id::text, created_at
"""

_REPORTS = """
SELECT r.id::text, r.reporter_id::text, p.username AS reporter, r.reported_user_id::text,
       u.username AS reported, r.content_type, r.content_id::text, r.reason, r.status,
       s.username AS resolved_by,
       CASE r.content_type
           WHEN 'room' THEN (SELECT name FROM rooms WHERE id = r.content_id)
           WHEN 'track' THEN (SELECT title FROM tracks WHERE id = r.content_id)
           WHEN 'live' THEN (SELECT title FROM live_streams WHERE id = r.content_id)
       END AS content_name,
       to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at
FROM reports r
LEFT JOIN users p ON p.id = r.reporter_id LEFT JOIN users u ON u.id = r.reported_user_id
LEFT JOIN users s ON s.id = r.resolved_by
"""
_PAGE = " AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3"
_OF_ROOM = _REPORTS + "WHERE r.room_id = $1" + _PAGE
_OF_HUB = _REPORTS + "WHERE r.room_id IS NULL AND $1::uuid IS NULL" + _PAGE

_RESOLVE = """
UPDATE reports SET status = $3, resolved_by = $4, resolved_at = now(), updated_at = now()
WHERE id = $1 AND room_id IS NOT DISTINCT FROM $2 RETURNING id
"""

# What is reported, whose it is and in which room; by kind of content.
_SUBJECT = {
    "message": "SELECT sender_id::text AS user_id, room_id::text FROM messages WHERE id = $1",
    "user": "SELECT id::text AS user_id, NULL AS room_id FROM users WHERE id = $1",
    "room": "SELECT creator_id::text AS user_id, NULL AS room_id FROM rooms WHERE id = $1",
    "track": "SELECT creator_id::text AS user_id, NULL AS room_id FROM tracks WHERE id = $1",
    "live": "SELECT user_id::text, room_id::text FROM live_streams WHERE id = $1",
}


class Subject(Struct, frozen=True):
    """What a report is about."""

    user_id: str | None
    room_id: str | None


class Report(Struct, frozen=True, kw_only=True):
    """A report as moderators of a room see it."""

    id: str
    reporter_id: str | None
    reporter: str | None
    reported_user_id: str | None
    reported: str | None
    content_type: str
    content_id: str
    content_name: str | None
    """Of a room, a track or a broadcast."""
    reason: str
    status: str
    """pending, resolved or dismissed."""
    resolved_by: str | None
    created_at: str


async def subject_of(pool: Pool, kind: Kind, content_id: str) -> Subject | None:
    """Whose a thing is and in which room; None when there is no such thing."""
    row: Any = await pool.fetchrow(_SUBJECT[kind], content_id)
    return Subject(row["user_id"], row["room_id"]) if row is not None else None


async def add_report(
    pool: Pool, reporter_id: str, subject: Subject, kind: Kind, content_id: str, reason: str
) -> str:
    """Notes a report; of one thing a person has one open report. Returns its id."""
    report_id: str = await pool.fetchval(
        _ADD, reporter_id, subject.user_id, kind, content_id, reason, subject.room_id
    )
    return report_id


async def reports_of_room(
    pool: Pool, room_id: str | None, *, before: str | None, limit: int
) -> list[Report]:
    """What a room's moderators have to look at (None: the hub's own), newest first."""
    rows = await pool.fetch(_OF_HUB if room_id is None else _OF_ROOM, room_id, before, limit)
    return [Report(**dict(row)) for row in rows]


async def resolve_report(
    pool: Pool, room_id: str | None, report_id: str, status: str, user_id: str
) -> bool:
    """Settles a report of a room (None: of the hub's own); False when there is none."""
    found = await pool.fetchval(_RESOLVE, report_id, room_id, status, user_id)
    return found is not None

"""Reads of rooms: who may enter, lists, members, and the snapshot a newcomer starts from."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from rooms.chat.records import MessageView
from rooms.feature import Feature
from rooms.membership.records import MemberRecord, RoomRecord
from rooms.room import Policy
from rooms.times import iso
from storage.backends import Pool
from storage.commit.rows import Connection
from storage.messages import pages as message_pages
from storage.messages import watermarks

SNAPSHOT_MEMBERS = 200
SNAPSHOT_MESSAGES = 50


class Mine(Struct, frozen=True):
    """The caller's own place in a room."""

    role: str
    last_read_seq: int
    unread: int
    mentions: int
    notify: str = "mentions"
    """Which messages ring: all, mentions or none."""


class RoomView(RoomRecord, frozen=True, kw_only=True):
    """A room with what the caller's lists show of it."""

    member_count: int
    my: Mine | None


class RoomDetail(RoomView, frozen=True, kw_only=True):
    """A room with its first members."""

    members: list[MemberRecord]


class Entry(Struct, frozen=True):
    """Whether a user may see a room: its type, and his membership state if he has one."""

    type: str
    state: str | None
    role: str | None


class Snapshot(Struct, frozen=True):
    """Everything of a room at one seq of its log."""

    epoch: str
    seq: int
    room: RoomView
    members: list[MemberRecord]
    messages: list[MessageView]
    has_more_before: bool
    pinned: list[MessageView]
    has_more_pinned: bool
    marks: list[watermarks.Marks]
    slices: dict[str, Any]
    """Features' states by name, as their types."""


_ENTRY = """
SELECT r.room_type, m.state, m.role
FROM rooms r LEFT JOIN room_members m ON m.room_id = r.id AND m.user_id = $2
WHERE r.id = $1 AND r.deleted_at IS NULL
"""

_VIEW = f"""
SELECT r.id::text, r.name, r.description, r.room_type, r.creator_id::text, r.facets, r.policy,
       (extract(epoch FROM r.created_at) * 1000)::bigint AS created_at_ms,
       (SELECT count(*) FROM room_members c WHERE c.room_id = r.id AND c.state = 'joined')
           AS member_count,
       m.role, m.last_read_seq, c.unread, c.mentions,
       coalesce((SELECT n.level FROM room_notify_levels n
                 WHERE n.room_id = r.id AND n.user_id = $1), 'mentions') AS notify_level
FROM rooms r
LEFT JOIN room_members m ON m.room_id = r.id AND m.user_id = $1 AND m.state = 'joined'
LEFT JOIN LATERAL ({watermarks.COUNTS}) AS c ON m.user_id IS NOT NULL
"""  # noqa: S608 (our own text)

_ONE = _VIEW + "WHERE r.id = $2 AND r.deleted_at IS NULL"

_MINE = (
    _VIEW
    + """
WHERE r.deleted_at IS NULL AND m.user_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM queues q WHERE q.room_id = r.id)  -- his own queue is no place to meet
  AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3
"""
)

_PUBLIC = (
    _VIEW
    + """
WHERE r.deleted_at IS NULL AND r.room_type = 'public'
  AND NOT EXISTS (  -- a session that is over is no place to meet
      SELECT FROM slices p WHERE p.stream_id = r.id AND p.feature = 'playback'
      AND p.state -> 'schedule' ->> 'ended_at_ms' IS NOT NULL)
  AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3
"""
)

_MEMBERS = """
SELECT m.room_id::text, m.user_id::text, m.role, m.state, u.username, u.is_guest,
       coalesce(u.display_name, u.username) AS display_name,
       (extract(epoch FROM m.joined_at) * 1000)::bigint AS joined_at_ms,
       (extract(epoch FROM m.muted_until) * 1000)::bigint AS muted_until_ms
FROM room_members m JOIN users u ON u.id = m.user_id
WHERE m.room_id = $1 AND m.state = 'joined' AND ($2::uuid IS NULL OR m.user_id > $2)
ORDER BY m.user_id LIMIT $3
"""

_STREAM = "SELECT epoch, head_seq FROM streams WHERE id = $1"

_SLICES = "SELECT feature, state::text FROM slices WHERE stream_id = $1"


async def entry(pool: Pool, room_id: str, user_id: str) -> Entry | None:
    """What decides whether `user_id` may see a room; None when it does not exist."""
    row = await pool.fetchrow(_ENTRY, room_id, user_id)
    return Entry(row["room_type"], row["state"], row["role"]) if row else None


async def view(pool: Pool, room_id: str, user_id: str) -> RoomView | None:
    """One room as `user_id` sees it."""
    row = await pool.fetchrow(_ONE, user_id, room_id)
    return _view(row) if row else None


async def detail(pool: Pool, room_id: str, user_id: str) -> RoomDetail | None:
    """One room with its first members as `user_id` sees it."""
    found = await view(pool, room_id, user_id)
    if found is None:
        return None
    members = await list_members(pool, room_id, after=None, limit=SNAPSHOT_MEMBERS)
    return RoomDetail(**asdict(found), members=members)


async def list_rooms(
    pool: Pool, user_id: str, *, public: bool, before: str | None, limit: int
) -> list[RoomView]:
    """Public rooms or the user's own, newest first; `before` is the last id of the page before."""
    rows = await pool.fetch(_PUBLIC if public else _MINE, user_id, before, limit)
    return [_view(row) for row in rows]


async def list_members(
    pool: "Pool | Connection", room_id: str, *, after: str | None, limit: int
) -> list[MemberRecord]:
    """Members in id order; `after` is the last user id of the page before."""
    return [_member(row) for row in await pool.fetch(_MEMBERS, room_id, after, limit)]


async def snapshot(
    pool: Pool, room_id: str, user_id: str, features: Sequence[Feature]
) -> Snapshot | None:
    """The whole room at one place of its log: a single view of the database, so nothing is torn."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        return await read_snapshot(connection, room_id, user_id, features)


async def read_snapshot(
    connection: Connection, room_id: str, user_id: str, features: Sequence[Feature]
) -> Snapshot | None:
    """The same within a transaction of the caller's, which has to be REPEATABLE READ."""
    types = {f.name: f.state for f in features if f.state is not None}
    head = await connection.fetchrow(_STREAM, room_id)
    room = await connection.fetchrow(_ONE, user_id, room_id)
    if head is None or room is None:
        return None
    members = await list_members(connection, room_id, after=None, limit=SNAPSHOT_MEMBERS)
    page = await message_pages.history(
        connection, room_id, reader_id=user_id, limit=SNAPSHOT_MESSAGES
    )
    pins = await message_pages.pinned(connection, room_id, user_id)
    marks = await watermarks.marks(connection, room_id)
    rows = await connection.fetch(_SLICES, room_id)
    return Snapshot(
        epoch=head["epoch"],
        seq=head["head_seq"],
        room=_view(room),
        members=members,
        messages=page.messages,
        has_more_before=page.has_more_before,
        pinned=pins.messages,
        has_more_pinned=pins.has_more,
        marks=marks,
        slices=_slices(rows, types),
    )


async def slices(pool: Pool, room_id: str, features: Sequence[Feature]) -> dict[str, Any]:
    """Features' states of one room by name; a state nobody has touched yet is a new one."""
    types = {f.name: f.state for f in features if f.state is not None}
    return _slices(await pool.fetch(_SLICES, room_id), types)


def _slices(rows: Sequence[Any], types: Mapping[str, type[Struct]]) -> dict[str, Any]:
    stored = {row["feature"]: row["state"] for row in rows}
    return {
        name: msgspec.json.decode(stored[name], type=kind) if name in stored else kind()
        for name, kind in types.items()
    }


def _view(row: Any) -> RoomView:
    mine = None
    if row["role"] is not None:
        mine = Mine(
            row["role"], row["last_read_seq"], row["unread"], row["mentions"], row["notify_level"]
        )
    return RoomView(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        type=row["room_type"],
        creator_id=row["creator_id"],
        facets=tuple(row["facets"]),
        policy=msgspec.convert(row["policy"], Policy),
        created_at=iso(row["created_at_ms"]),
        member_count=row["member_count"],
        my=mine,
    )


def _member(row: Any) -> MemberRecord:
    return MemberRecord(
        room_id=row["room_id"],
        user_id=row["user_id"],
        username=row["username"],
        display_name=row["display_name"],
        is_guest=row["is_guest"],
        role=row["role"],
        state=row["state"],
        joined_at=iso(row["joined_at_ms"]),
        muted_until=iso(muted_ms) if (muted_ms := row["muted_until_ms"]) is not None else None,
    )

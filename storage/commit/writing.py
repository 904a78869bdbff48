"""Writes of a batch beside its lines: every table once, as parts of one statement."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg
import msgspec

from rooms.feature import RunAt
from rooms.room import Room
from storage.commit.statement import Part
from storage.commit.stream import Stream

Connection: TypeAlias = "asyncpg.Connection[Any]"

_NEW_STREAMS = """
INSERT INTO streams (id, kind, epoch)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
ON CONFLICT (id) DO NOTHING
"""

_MOVE_STREAMS = """
UPDATE streams s SET head_seq = q.head_seq, rev = s.rev + 1
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS q (id, rev, head_seq)
WHERE s.id = q.id AND s.rev = q.rev
RETURNING s.id
"""

_CREATE_STREAMS = """
INSERT INTO streams (id, kind, epoch, head_seq)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[])
"""

_WRITE_SLICES = """
INSERT INTO slices (stream_id, feature, state)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::json[])
ON CONFLICT (stream_id, feature) DO UPDATE SET state = excluded.state
"""

_WRITE_ROOMS = """
INSERT INTO rooms (id, name, description, room_type, is_private, creator_id, facets, policy,
                   created_at, deleted_at)
SELECT id, name, description, room_type, room_type <> 'public', creator_id,
       coalesce(string_to_array(nullif(facets, ''), ','), '{}'), policy,
       to_timestamp(created_at_ms / 1000.0), to_timestamp(deleted_at_ms / 1000.0)
FROM (
    SELECT id, name, description, room_type, creator_id, coalesce(facets, '') AS facets, policy,
           created_at_ms, deleted_at_ms
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::jsonb[],
                $8::bigint[], $9::bigint[])
        AS r (id, name, description, room_type, creator_id, facets, policy, created_at_ms,
              deleted_at_ms)
) AS r
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, description = excluded.description, room_type = excluded.room_type,
    is_private = excluded.is_private, facets = excluded.facets, policy = excluded.policy,
    deleted_at = excluded.deleted_at, updated_at = now()
"""

_WRITE_MEMBERS = """
INSERT INTO room_members (room_id, user_id, role, state, joined_at, muted_until, last_read_seq)
SELECT room_id, user_id, role, state, to_timestamp(joined_at_ms / 1000.0),
       to_timestamp(muted_until_ms / 1000.0), last_read_seq
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
            $7::bigint[])
    AS m (room_id, user_id, role, state, joined_at_ms, muted_until_ms, last_read_seq)
ON CONFLICT (room_id, user_id) DO UPDATE SET
    role = excluded.role, state = excluded.state, joined_at = excluded.joined_at,
    muted_until = excluded.muted_until, updated_at = now()
"""

_SET_TIMERS = """
INSERT INTO timers (stream_id, key, at_ms, command, payload)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::json[])
ON CONFLICT (stream_id, key) DO UPDATE SET
    id = excluded.id, at_ms = excluded.at_ms, command = excluded.command,
    payload = excluded.payload, claimed_until_ms = 0
"""

_CLEAR_TIMERS = """
DELETE FROM timers t USING unnest($1::uuid[], $2::text[]) AS q (stream_id, key)
WHERE t.stream_id = q.stream_id AND t.key = q.key
"""


async def create_user_streams(
    connection: Connection, user_ids: Sequence[str], epochs: Sequence[str]
) -> None:
    """Makes the private streams that do not exist yet."""
    kinds = ["user"] * len(user_ids)
    await connection.execute(_NEW_STREAMS, list(user_ids), kinds, list(epochs))


def move_streams(streams: Sequence[Stream]) -> Part:
    """New heads of streams; touches only those that nobody has moved since they were known.

    Rows are locked in the order given: by id, so that nodes never wait in a circle.
    """
    moved = [s for s in streams if not s.is_new]
    columns = ([s.id for s in moved], [s.known.rev for s in moved], [s.head_seq for s in moved])
    return Part(_MOVE_STREAMS, columns)


def parts(streams: Sequence[Stream]) -> list[Part]:
    """Everything else that commands have changed of streams."""
    return [
        *_created([s for s in streams if s.is_new]),
        *_rooms([s.new_room for s in streams if s.new_room is not None]),
        *_members([s for s in streams if s.members]),
        *_slices([(s.id, name, state) for s in streams for name, state in s.slices.items()]),
        *_timers([(s.id, timer) for s in streams for timer in s.timers.values()]),
    ]


def _created(streams: Sequence[Stream]) -> list[Part]:
    if not streams:
        return []
    columns = (
        [s.id for s in streams],
        [s.known.kind for s in streams],
        [s.known.epoch for s in streams],
        [s.head_seq for s in streams],
    )
    return [Part(_CREATE_STREAMS, columns)]


def _slices(slices: Sequence[tuple[str, str, Any]]) -> list[Part]:
    if not slices:
        return []
    ids, names, states = zip(*slices, strict=True)
    return [Part(_WRITE_SLICES, (ids, names, [msgspec.json.encode(s).decode() for s in states]))]


def _rooms(rooms: Sequence[Room]) -> list[Part]:
    if not rooms:
        return []
    columns = (
        [r.id for r in rooms],
        [r.name for r in rooms],
        [r.description for r in rooms],
        [r.type for r in rooms],
        [r.creator_id for r in rooms],
        [",".join(r.facets) for r in rooms],
        [msgspec.json.encode(r.policy).decode() for r in rooms],
        [r.created_at_ms for r in rooms],
        [r.deleted_at_ms for r in rooms],
    )
    return [Part(_WRITE_ROOMS, columns)]


def _members(streams: Sequence[Stream]) -> list[Part]:
    # A newcomer starts with everything read up to the head of the log: what was said before is
    # history, not news. A member who comes back keeps his own mark.
    rows = [(s, member) for s in streams for _, member in sorted(s.members.items())]
    if not rows:
        return []
    columns = (
        [s.id for s, _ in rows],
        [m.user_id for _, m in rows],
        [m.role for _, m in rows],
        [m.state for _, m in rows],
        [m.joined_at_ms for _, m in rows],
        [m.muted_until_ms for _, m in rows],
        [s.head_seq for s, _ in rows],
    )
    return [Part(_WRITE_MEMBERS, columns)]


def _timers(timers: Sequence[tuple[str, RunAt]]) -> list[Part]:
    """Sets and takes back timers."""
    parts = []
    due = [(room_id, t) for room_id, t in timers if t.at_ms is not None]
    if due:
        columns = (
            [room_id for room_id, _ in due],
            [t.key for _, t in due],
            [t.at_ms for _, t in due],
            [t.command for _, t in due],
            [msgspec.json.encode(t.payload).decode() for _, t in due],
        )
        parts.append(Part(_SET_TIMERS, columns))
    done = [(room_id, t.key) for room_id, t in timers if t.at_ms is None]
    if done:
        parts.append(Part(_CLEAR_TIMERS, ([d[0] for d in done], [d[1] for d in done])))
    return parts

"""Writes of a batch: every table once, with array parameters, as parts of one statement."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from rooms.feature import RunAt
from rooms.room import Member, Room
from storage.commit.statement import Part

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

_WRITE_EVENTS = """
INSERT INTO stream_events (stream_id, seq, event, actor_id, device_id, op_id, data, at)
SELECT stream_id, seq, event, actor_id, device_id, op_id, data, to_timestamp($8::bigint / 1000.0)
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::uuid[], $7::json[])
    AS e (stream_id, seq, event, actor_id, device_id, op_id, data)
"""

_WRITE_OPERATIONS = """
INSERT INTO operations (actor_id, op_id, digest, stream_id, seq, data, at)
SELECT actor_id, op_id, digest, stream_id, seq, data, to_timestamp($7::bigint / 1000.0)
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::uuid[], $5::bigint[], $6::json[])
    AS o (actor_id, op_id, digest, stream_id, seq, data)
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
       string_to_array(nullif(facets, ''), ','), policy,
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
    name = excluded.name, description = excluded.description, facets = excluded.facets,
    policy = excluded.policy, deleted_at = excluded.deleted_at, updated_at = now()
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
    at_ms = excluded.at_ms, command = excluded.command, payload = excluded.payload,
    claimed_until_ms = 0
"""

_CLEAR_TIMERS = """
DELETE FROM timers t USING unnest($1::uuid[], $2::text[]) AS q (stream_id, key)
WHERE t.stream_id = q.stream_id AND t.key = q.key
"""


class EventRow(Struct, frozen=True, array_like=True):
    """One line of the log."""

    stream_id: str
    seq: int
    event: str
    actor_id: str | None
    device_id: str | None
    op_id: str
    data: str


class OperationRow(Struct, frozen=True, array_like=True):
    """The first answer to an (actor, op_id)."""

    actor_id: str
    op_id: str
    digest: bytes
    stream_id: str
    seq: int | None
    data: str | None
    """None: the answer is the data of the event at `seq`, which need not be written twice."""


class MovedRow(Struct, frozen=True, array_like=True):
    """Where a stream's log ends now."""

    id: str
    rev: int
    """Of the stream as it was read."""
    head_seq: int


class CreatedRow(Struct, frozen=True, array_like=True):
    """A new stream."""

    id: str
    kind: str
    epoch: str
    head_seq: int


async def create_user_streams(
    connection: Connection, user_ids: Sequence[str], epochs: Sequence[str]
) -> None:
    """Makes the private streams that do not exist yet."""
    kinds = ["user"] * len(user_ids)
    await connection.execute(_NEW_STREAMS, list(user_ids), kinds, list(epochs))


def move_streams(rows: Sequence[MovedRow]) -> Part:
    """New heads of streams; touches only those that nobody has moved since they were read.

    Rows are locked in the order given: by id, so that nodes never wait in a circle.
    """
    return Part(_MOVE_STREAMS, tuple(_columns(rows, MovedRow)))


def create_streams(rows: Sequence[CreatedRow]) -> Part:
    """New streams."""
    return Part(_CREATE_STREAMS, tuple(_columns(rows, CreatedRow)))


def add_events(rows: Sequence[EventRow], at_ms: int) -> Part:
    """New lines of the logs."""
    return Part(_WRITE_EVENTS, (*_columns(rows, EventRow), at_ms))


def add_operations(rows: Sequence[OperationRow], at_ms: int) -> Part:
    """First answers; a unique violation says that another node has just given one of them."""
    return Part(_WRITE_OPERATIONS, (*_columns(rows, OperationRow), at_ms))


def write_slices(slices: Mapping[tuple[str, str], Any]) -> Part:
    """States by (room_id, feature)."""
    keys = sorted(slices)
    states = [msgspec.json.encode(slices[key]).decode() for key in keys]
    return Part(_WRITE_SLICES, ([k[0] for k in keys], [k[1] for k in keys], states))


def write_rooms(rooms: Sequence[Room]) -> Part:
    """New and changed rooms."""
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
    return Part(_WRITE_ROOMS, columns)


def write_members(members: Mapping[tuple[str, str], Member], read_seq: Mapping[str, int]) -> Part:
    """New and changed members by (room_id, user_id).

    A newcomer starts with everything read up to `read_seq` of the room: what was said before is
    history, not news. A member who comes back keeps his own mark.
    """
    keys = sorted(members)
    columns = (
        [k[0] for k in keys],
        [k[1] for k in keys],
        [members[k].role for k in keys],
        [members[k].state for k in keys],
        [members[k].joined_at_ms for k in keys],
        [members[k].muted_until_ms for k in keys],
        [read_seq[k[0]] for k in keys],
    )
    return Part(_WRITE_MEMBERS, columns)


def write_timers(timers: Mapping[tuple[str, str], RunAt]) -> list[Part]:
    """Sets and takes back timers by (room_id, key)."""
    parts = []
    due = [(key, t) for key, t in sorted(timers.items()) if t.at_ms is not None]
    if due:
        columns = (
            [key[0] for key, _ in due],
            [key[1] for key, _ in due],
            [t.at_ms for _, t in due],
            [t.command for _, t in due],
            [msgspec.json.encode(t.payload).decode() for _, t in due],
        )
        parts.append(Part(_SET_TIMERS, columns))
    done = [key for key, t in sorted(timers.items()) if t.at_ms is None]
    if done:
        parts.append(Part(_CLEAR_TIMERS, ([k[0] for k in done], [k[1] for k in done])))
    return parts


def _columns(rows: Sequence[Struct], kind: type[Struct]) -> list[Sequence[Any]]:
    if not rows:
        return [()] * len(kind.__struct_fields__)
    return list(zip(*map(astuple, rows), strict=True))

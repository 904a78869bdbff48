"""Reads of a batch: lock the streams in one statement, read all that hangs on them in another."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Raw, Struct

from rooms.room import Member, Policy, Room
from storage.commit.submission import Committed

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"
T = TypeVar("T")

_LOCK = """
SELECT s.id::text, s.kind, s.epoch, s.head_seq, r.name, r.room_type, r.creator_id::text,
       r.description, r.facets, r.policy::text AS policy,
       (extract(epoch FROM r.created_at) * 1000)::bigint AS created_at_ms,
       (extract(epoch FROM r.deleted_at) * 1000)::bigint AS deleted_at_ms
FROM streams s LEFT JOIN rooms r ON r.id = s.id
WHERE s.id = ANY($1::uuid[])
ORDER BY s.id
FOR UPDATE OF s
"""

# One row of JSON for three tables: a round trip costs the hub more than the rows do.
_LOAD = """
SELECT
    (SELECT json_agg(json_build_array(
                o.actor_id, o.op_id, encode(o.digest, 'base64'), o.seq, coalesce(o.data, e.data)))
     FROM unnest($1::uuid[], $2::uuid[]) AS q (actor_id, op_id)
     JOIN operations o USING (actor_id, op_id)
     LEFT JOIN stream_events e
         ON o.data IS NULL AND e.stream_id = o.stream_id AND e.seq = o.seq)::text AS operations,
    (SELECT json_agg(json_build_array(m.room_id, json_build_object(
                'user_id', m.user_id, 'role', m.role, 'state', m.state, 'username', u.username,
                'display_name', coalesce(u.display_name, u.username), 'is_guest', u.is_guest,
                'joined_at_ms', (extract(epoch FROM m.joined_at) * 1000)::bigint,
                'muted_until_ms', (extract(epoch FROM m.muted_until) * 1000)::bigint)))
     FROM unnest($3::uuid[], $4::uuid[]) AS q (room_id, user_id)
     JOIN room_members m USING (room_id, user_id)
     JOIN users u ON u.id = m.user_id)::text AS members,
    (SELECT json_agg(json_build_array(s.stream_id, s.feature, s.state))
     FROM unnest($5::uuid[], $6::text[]) AS q (stream_id, feature)
     JOIN slices s USING (stream_id, feature))::text AS slices
"""

Pairs: TypeAlias = Collection[tuple[str, str]]
_Operations = list[tuple[str, str, bytes, int | None, Raw]]
_Members = list[tuple[str, Member]]
_Slices = list[tuple[str, str, Raw]]


class LockedStream(Struct, frozen=True):
    """A stream whose row this transaction holds."""

    id: str
    kind: str
    epoch: str
    head_seq: int
    room: Room | None


async def lock_streams(connection: Connection, stream_ids: Iterable[str]) -> list[LockedStream]:
    """Locks the streams that exist, in id order, so that nodes never wait in a circle."""
    rows = await connection.fetch(_LOCK, sorted(stream_ids))
    return [
        LockedStream(row["id"], row["kind"], row["epoch"], row["head_seq"], _room(row))
        for row in rows
    ]


class Loaded(Struct, frozen=True):
    """What is known of a batch's commands."""

    operations: dict[tuple[str, str], tuple[bytes, Committed]]
    """First answers by (actor, op_id) that were committed before, with the command's digest."""
    members: dict[tuple[str, str], Member]
    """By (room_id, user_id); pairs that never were are left out."""
    slices: dict[tuple[str, str], Any]
    """States by (room_id, feature), each as its type; new rooms have none yet."""


async def load(
    connection: Connection,
    operations: Pairs,
    members: Pairs,
    slices: Mapping[tuple[str, str], type[Struct]],
) -> Loaded:
    """Reads all three; the streams have to be locked before, or what is read may be old already."""
    row = await connection.fetchrow(
        _LOAD, *_columns(operations), *_columns(sorted(members)), *_columns(sorted(slices))
    )
    assert row is not None
    return Loaded(
        operations={
            (actor_id, op_id): (digest, Committed(data, seq, duplicate=True))
            for actor_id, op_id, digest, seq, data in _rows(row["operations"], _Operations)
        },
        members={(room_id, m.user_id): m for room_id, m in _rows(row["members"], _Members)},
        slices={
            (key := (stream_id, name)): msgspec.json.decode(state, type=slices[key])
            for stream_id, name, state in _rows(row["slices"], _Slices)
        },
    )


async def load_members(connection: Connection, pairs: Pairs) -> dict[tuple[str, str], Member]:
    """Memberships alone, for a feature's loader."""
    return (await load(connection, (), pairs, {})).members


def _columns(pairs: Pairs) -> tuple[Sequence[str], Sequence[str]]:
    left, right = zip(*pairs, strict=True) if pairs else ((), ())
    return left, right


def _rows(text: str | None, kind: type[T]) -> T:
    return msgspec.json.decode(text or "[]", type=kind)


def _room(row: Any) -> Room | None:
    if row["kind"] != "room" or row["name"] is None:
        return None
    return Room(
        id=row["id"],
        name=row["name"],
        type=row["room_type"],
        creator_id=row["creator_id"],
        description=row["description"],
        facets=tuple(row["facets"]),
        policy=msgspec.json.decode(row["policy"], type=Policy),
        created_at_ms=row["created_at_ms"],
        deleted_at_ms=row["deleted_at_ms"],
    )

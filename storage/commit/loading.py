"""Reads of a batch: the streams and all that hangs on them, in one statement."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Raw, Struct

from rooms.room import Member, Room
from storage.commit.submission import Committed

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"
T = TypeVar("T")

_LOCK = """
SELECT FROM streams WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
"""

# One row of JSON for all tables: a round trip costs the hub more than the rows do, and what one
# statement reads is of one moment.
_LOAD = """
SELECT
    (SELECT json_agg(json_build_array(
                s.id, s.kind, s.epoch, s.head_seq, s.rev,
                CASE WHEN s.kind = 'room' AND r.name IS NOT NULL THEN json_build_object(
                    'id', r.id, 'name', r.name, 'type', r.room_type, 'creator_id', r.creator_id,
                    'description', r.description, 'facets', r.facets, 'policy', r.policy,
                    'created_at_ms', (extract(epoch FROM r.created_at) * 1000)::bigint,
                    'deleted_at_ms', (extract(epoch FROM r.deleted_at) * 1000)::bigint) END))
     FROM unnest($7::uuid[]) AS q (id)
     JOIN streams s USING (id)
     LEFT JOIN rooms r ON r.id = s.id)::text AS streams,
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


class StreamHead(Struct, frozen=True, array_like=True):
    """A stream as it was read."""

    id: str
    kind: str
    epoch: str
    head_seq: int
    rev: int
    room: Room | None


class Loaded(Struct, frozen=True):
    """What is known of a batch's commands, all of one moment."""

    streams: list[StreamHead]
    """Those that exist."""
    operations: dict[tuple[str, str], tuple[bytes, Committed]]
    """First answers by (actor, op_id) that were committed before, with the command's digest."""
    members: dict[tuple[str, str], Member]
    """By (room_id, user_id); pairs that never were are left out."""
    slices: dict[tuple[str, str], Any]
    """States by (room_id, feature), each as its type; new rooms have none yet."""


async def lock(connection: Connection, stream_ids: Iterable[str]) -> None:
    """Locks the rows of the streams that exist, in id order, so that nodes never wait in a circle.

    What is read by the next statement stays true until the transaction ends.
    """
    await connection.execute(_LOCK, sorted(stream_ids))


async def load(
    connection: Connection,
    *,
    stream_ids: Iterable[str] = (),
    operations: Pairs = (),
    members: Pairs = (),
    slices: Mapping[tuple[str, str], type[Struct]] = MappingProxyType({}),
) -> Loaded:
    """Reads streams by id and the rest by its pairs of keys."""
    row = await connection.fetchrow(
        _LOAD,
        *_columns(operations),
        *_columns(sorted(members)),
        *_columns(sorted(slices)),
        list(stream_ids),
    )
    assert row is not None
    return Loaded(
        streams=_rows(row["streams"], list[StreamHead]),
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
    return (await load(connection, members=pairs)).members


def _columns(pairs: Pairs) -> tuple[Sequence[str], Sequence[str]]:
    left, right = zip(*pairs, strict=True) if pairs else ((), ())
    return left, right


def _rows(text: str | None, kind: type[T]) -> T:
    return msgspec.json.decode(text or "[]", type=kind)

"""Reads of a batch: the streams and all that hangs on them, in one statement."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Raw, Struct

from rooms.room import Member, Room
from storage.commit.memory import Known, Need
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


class _Head(Struct, frozen=True, array_like=True):
    id: str
    kind: str
    epoch: str
    head_seq: int
    rev: int
    room: Room | None


class Loaded(Struct, frozen=True):
    """What is known of a batch's commands, all of one moment."""

    streams: dict[str, Known]
    """Those that exist, with all that was needed of them."""
    operations: dict[tuple[str, str], tuple[bytes, Committed]]
    """First answers by (actor, op_id) that were committed before, with the command's digest."""


async def lock(connection: Connection, stream_ids: Iterable[str]) -> None:
    """Locks the rows of the streams that exist, in id order, so that nodes never wait in a circle.

    What is read by the next statement stays true until the transaction ends.
    """
    await connection.execute(_LOCK, sorted(stream_ids))


async def load(connection: Connection, needs: Mapping[str, Need], operations: Pairs = ()) -> Loaded:
    """Reads streams by id with what is needed of them, and first answers."""
    members = [(i, user_id) for i, need in needs.items() for user_id in sorted(need.user_ids)]
    slices = [(i, name) for i, need in needs.items() for name in sorted(need.states)]
    row = await connection.fetchrow(
        _LOAD, *_columns(operations), *_columns(members), *_columns(slices), list(needs)
    )
    assert row is not None
    streams = {
        head.id: Known(head.id, head.kind, head.epoch, head.head_seq, head.rev, head.room)
        for head in _rows(row["streams"], list[_Head])
    }
    for stream_id, known in streams.items():
        known.members = dict.fromkeys(needs[stream_id].user_ids)
        known.slices = dict.fromkeys(needs[stream_id].states)
    for room_id, member in _rows(row["members"], _Members):
        if room_id in streams:
            streams[room_id].members[member.user_id] = member
    for stream_id, name, state in _rows(row["slices"], _Slices):
        kind = needs[stream_id].states[name]
        streams[stream_id].slices[name] = msgspec.json.decode(state, type=kind)
    return Loaded(
        streams=streams,
        operations={
            (actor_id, op_id): (digest, Committed(data, seq, duplicate=True))
            for actor_id, op_id, digest, seq, data in _rows(row["operations"], _Operations)
        },
    )


async def load_members(connection: Connection, pairs: Pairs) -> dict[tuple[str, str], Member]:
    """Memberships alone, for a feature's loader."""
    row = await connection.fetchrow(_LOAD, (), (), *_columns(sorted(pairs)), (), (), ())
    assert row is not None
    return {(room_id, m.user_id): m for room_id, m in _rows(row["members"], _Members)}


def _columns(pairs: Pairs) -> tuple[Sequence[str], Sequence[str]]:
    left, right = zip(*pairs, strict=True) if pairs else ((), ())
    return left, right


def _rows(text: str | None, kind: type[T]) -> T:
    return msgspec.json.decode(text or "[]", type=kind)

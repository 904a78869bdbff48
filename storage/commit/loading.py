"""Reads of a batch: lock the streams, then everything that hangs on them, each in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import asyncpg
import msgspec
from msgspec import Raw, Struct

from rooms.room import Member, Policy, Room
from storage.commit.submission import Committed

Connection: TypeAlias = "asyncpg.Connection[Any]"

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

_OPERATIONS = """
SELECT o.actor_id::text, o.op_id::text, o.digest, o.seq, o.data::text AS data
FROM unnest($1::uuid[], $2::uuid[]) AS q (actor_id, op_id)
JOIN operations o USING (actor_id, op_id)
"""

_MEMBERS = """
SELECT m.room_id::text, m.user_id::text, m.role, m.state, u.username,
       coalesce(u.display_name, u.username) AS display_name, u.is_guest,
       (extract(epoch FROM m.joined_at) * 1000)::bigint AS joined_at_ms,
       (extract(epoch FROM m.muted_until) * 1000)::bigint AS muted_until_ms
FROM unnest($1::uuid[], $2::uuid[]) AS q (room_id, user_id)
JOIN room_members m USING (room_id, user_id)
JOIN users u ON u.id = m.user_id
"""

_SLICES = """
SELECT s.stream_id::text, s.feature, s.state::text AS state
FROM unnest($1::uuid[], $2::text[]) AS q (stream_id, feature)
JOIN slices s USING (stream_id, feature)
"""


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


async def load_operations(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[bytes, Committed]]:
    """First answers to the (actor, op_id) pairs that have been committed before, with digests."""
    rows = await connection.fetch(_OPERATIONS, [k[0] for k in keys], [k[1] for k in keys])
    return {
        (row["actor_id"], row["op_id"]): (
            row["digest"],
            Committed(Raw((row["data"] or "null").encode()), row["seq"], duplicate=True),
        )
        for row in rows
    }


async def load_members(
    connection: Connection, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Member]:
    """Memberships by (room_id, user_id); pairs that never were are left out."""
    wanted = sorted(pairs)
    rows = await connection.fetch(_MEMBERS, [p[0] for p in wanted], [p[1] for p in wanted])
    return {(row["room_id"], row["user_id"]): _member(row) for row in rows}


async def load_slices(
    connection: Connection, wanted: Mapping[tuple[str, str], type[Struct]]
) -> dict[tuple[str, str], Any]:
    """States by (room_id, feature), each as its type; new rooms have none yet."""
    keys = sorted(wanted)
    rows = await connection.fetch(_SLICES, [k[0] for k in keys], [k[1] for k in keys])
    return {
        (key := (row["stream_id"], row["feature"])): msgspec.json.decode(
            row["state"], type=wanted[key]
        )
        for row in rows
    }


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


def _member(row: Any) -> Member:
    return Member(
        user_id=row["user_id"],
        role=row["role"],
        username=row["username"],
        display_name=row["display_name"],
        joined_at_ms=row["joined_at_ms"],
        state=row["state"],
        is_guest=row["is_guest"],
        muted_until_ms=row["muted_until_ms"],
    )

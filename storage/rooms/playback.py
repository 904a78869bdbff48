"""Rows of playback: a room's next host or those who may inherit it, and where its music stands."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from rooms.playback.commands import TransferHost
from rooms.playback.host_loss import HostLost
from rooms.playback.state import PlaybackState
from rooms.room import Member, Policy
from storage.backends import Pool
from storage.commit.loading import load_members
from storage.commit.rows import Connection, RowStore
from storage.commit.submission import Submission
from storage.notifications.notices import add_notices

MOST_HEIRS = 1_000
"""Of a larger audience only so many are looked at."""

_MEMBERS = """
SELECT r.id::text || '/' || m.user_id::text AS key
FROM unnest($1::uuid[], $2::uuid[]) AS q (room_id, user_id)
JOIN rooms r ON r.id = q.room_id AND r.deleted_at IS NULL
JOIN room_members m ON m.room_id = q.room_id AND m.user_id = q.user_id AND m.state = 'joined'
"""

_LISTENED = """
SELECT r.id::text, r.policy, s.state::text AS state
FROM rooms r LEFT JOIN slices s ON s.stream_id = r.id AND s.feature = 'playback'
WHERE r.id = ANY($1::uuid[])
"""


async def members_among(pool: Pool, keys: Sequence[str]) -> dict[str, bool]:
    """Of these `room/user`, those who are members of their rooms; others are left out."""
    pairs = [key.split("/") for key in keys]
    found = await pool.fetch(_MEMBERS, *(list(column) for column in zip(*pairs, strict=True)))
    return {row["key"]: True for row in found}


class Listened(Struct, frozen=True):
    """A room as far as its listeners are concerned."""

    playback: PlaybackState
    policy: Policy


async def listened_rooms(pool: Pool, room_ids: Sequence[str]) -> dict[str, Listened]:
    """Where the music of these rooms stands, and by which policy; others are left out."""
    return {
        row["id"]: Listened(
            msgspec.json.decode(row["state"] or "{}", type=PlaybackState),
            msgspec.convert(row["policy"], Policy),
        )
        for row in await pool.fetch(_LISTENED, room_ids)
    }


async def load_playback_rows(
    connection: Connection, submissions: Sequence[Submission]
) -> Sequence[Member | tuple[Member, ...] | None]:
    """For each hand-over the new host's membership; for a lost host those of all who are present.

    None for everything else.
    """
    named = [_named(item) for item in submissions]
    wanted = {pair for pairs in named for pair in pairs}
    members = await load_members(connection, wanted) if wanted else {}
    found = [tuple(members[pair] for pair in pairs if pair in members) for pairs in named]
    return [
        here if isinstance(item.payload, HostLost) else next(iter(here), None)
        for item, here in zip(submissions, found, strict=True)
    ]


PLAYBACK_ROWS = RowStore(load_playback_rows, part=add_notices)
"""Playback lives in its slice alone; its rules return notices of sessions that begin soon."""


def _named(item: Submission) -> tuple[tuple[str, str], ...]:
    match item.payload:
        case TransferHost(room_id=room_id, user_id=user_id):
            return ((room_id, user_id.lower()),)
        case HostLost(room_id=room_id):
            return tuple((room_id, user_id) for user_id in item.present[:MOST_HEIRS])
    return ()

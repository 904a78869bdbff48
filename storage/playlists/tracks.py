"""What a playlist holds: each track once, in an order its people choose."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rooms.errors import Conflict, Gone, NotFound
from storage.backends import Pool
from storage.playlists.playlists import Playlist, lock_playlist, read_playlist
from storage.postgres import Postgres

if TYPE_CHECKING:
    from storage.postgres import Connection

MAX_TRACKS = 1_000
"""In one playlist: a page of it is cut from its whole list."""


class Entry(Struct, frozen=True, kw_only=True):
    """A track's place in a playlist, with what decides who may hear it."""

    track_id: str
    creator_id: str | None
    is_public: bool
    added_by: str | None
    added_at: datetime | None


Check = Callable[[Playlist], None]
"""Gets the playlist locked; raises if it may not be changed."""

_ENTRIES = """
SELECT pt.track_id::text, t.creator_id::text, coalesce(t.is_public, true) AS is_public,
       pt.added_by::text, pt.added_at
FROM playlist_tracks pt JOIN tracks t ON t.id = pt.track_id AND t.deleted_at IS NULL
WHERE pt.playlist_id = $1
ORDER BY pt.position, pt.id
"""

_ORDER = """
SELECT track_id::text FROM playlist_tracks WHERE playlist_id = $1 ORDER BY position, id
"""

# A track is locked before any playlist, as its deletion does it, so that the two never wait for
# each other.
_LOCK_TRACKS = """
SELECT id::text FROM tracks WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL
ORDER BY id FOR KEY SHARE
"""

_ADD = """
INSERT INTO playlist_tracks (playlist_id, track_id, position, added_by, added_at)
SELECT $1, id, 0, $3, now() FROM unnest($2::uuid[]) AS id
"""

_PLACE = """
UPDATE playlist_tracks pt SET position = o.position - 1, updated_at = now()
FROM unnest($2::uuid[]) WITH ORDINALITY AS o (track_id, position)
WHERE pt.playlist_id = $1 AND pt.track_id = o.track_id AND pt.position <> o.position - 1
"""

_TOUCH = "UPDATE playlists SET track_count = $2, updated_at = now() WHERE id = $1"


class PlaylistTracks:
    """The table playlist_tracks."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def entries(self, playlist_id: str) -> list[Entry]:
        """All entries in order; tracks that were deleted are left out."""
        return [Entry(**dict(row)) for row in await self._postgres.rows(_ENTRIES, playlist_id)]

    async def add(
        self,
        playlist_id: str,
        user_id: str,
        track_ids: Sequence[str],
        position: int | None,
        check: Check,
    ) -> Playlist:
        """Put tracks in, from `position` on (0 is the beginning; None: at the end).

        Raises:
            NotFound: PLAYLIST_NOT_FOUND.
            Gone: TRACK_DELETED, one of them was deleted meanwhile.
            Conflict: TRACK_IN_PLAYLIST, or there would be more than `MAX_TRACKS`.
        """
        async with self._postgres.transaction() as connection:
            if len(await connection.fetch(_LOCK_TRACKS, list(track_ids))) < len(track_ids):
                raise Gone("Track deleted", "TRACK_DELETED")
            check(await lock_playlist(connection, playlist_id, user_id))
            held = await _order(connection, playlist_id)
            if not set(held).isdisjoint(track_ids):
                raise Conflict("The playlist has this track already.", "TRACK_IN_PLAYLIST")
            if len(held) + len(track_ids) > MAX_TRACKS:
                raise Conflict(f"A playlist has at most {MAX_TRACKS} tracks.", "PLAYLIST_FULL")
            await connection.execute(_ADD, playlist_id, list(track_ids), user_id)
            place = len(held) if position is None else min(position, len(held))
            held[place:place] = track_ids
            return await _written(connection, playlist_id, user_id, held)

    async def remove(self, playlist_id: str, user_id: str, track_id: str, check: Check) -> Playlist:
        """Take a track out. Raises NotFound: PLAYLIST_NOT_FOUND, TRACK_NOT_IN_PLAYLIST."""
        async with self._postgres.transaction() as connection:
            check(await lock_playlist(connection, playlist_id, user_id))
            held = await _order(connection, playlist_id)
            if track_id not in held:
                raise NotFound("The playlist does not have this track.", "TRACK_NOT_IN_PLAYLIST")
            await connection.execute(
                "DELETE FROM playlist_tracks WHERE playlist_id = $1 AND track_id = $2",
                playlist_id,
                track_id,
            )
            held.remove(track_id)
            return await _written(connection, playlist_id, user_id, held)

    async def reorder(
        self, playlist_id: str, user_id: str, track_ids: Sequence[str], check: Check
    ) -> Playlist:
        """Put these tracks first, in this order; those not named follow in theirs.

        So somebody's reordering keeps what another has added meanwhile, and what he cannot see.

        Raises:
            NotFound: PLAYLIST_NOT_FOUND.
            Conflict: TRACK_NOT_IN_PLAYLIST, one of them has been taken out.
        """
        async with self._postgres.transaction() as connection:
            check(await lock_playlist(connection, playlist_id, user_id))
            held = await _order(connection, playlist_id)
            if not set(track_ids) <= set(held):
                raise Conflict("The playlist has changed. Load it again.", "TRACK_NOT_IN_PLAYLIST")
            named = set(track_ids)
            order = [*track_ids, *(track_id for track_id in held if track_id not in named)]
            return await _written(connection, playlist_id, user_id, order)


async def forget_track(connection: "Connection", track_id: str) -> None:
    """Take a track out of every playlist, by the transaction that deletes it."""
    await connection.execute(
        "SELECT FROM playlists WHERE id IN"
        " (SELECT playlist_id FROM playlist_tracks WHERE track_id = $1) ORDER BY id FOR UPDATE",
        track_id,
    )
    await connection.execute(
        "WITH gone AS (DELETE FROM playlist_tracks WHERE track_id = $1 RETURNING playlist_id)"
        " UPDATE playlists p SET track_count = greatest(p.track_count - 1, 0), updated_at = now()"
        " FROM (SELECT DISTINCT playlist_id FROM gone) g WHERE p.id = g.playlist_id",
        track_id,
    )


async def _order(connection: "Connection", playlist_id: str) -> list[str]:
    return [row["track_id"] for row in await connection.fetch(_ORDER, playlist_id)]


async def _written(
    connection: "Connection", playlist_id: str, user_id: str, order: Sequence[str]
) -> Playlist:
    """Number the entries, count them, and read the playlist again."""
    await connection.execute(_PLACE, playlist_id, list(order))
    await connection.execute(_TOUCH, playlist_id, len(order))
    return await read_playlist(connection, playlist_id, user_id)

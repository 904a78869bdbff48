"""Tracks as people see and change them. What a worker does to one: storage/uploads."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from rooms.errors import Conflict
from storage.backends import Pool
from storage.loader import Loader
from storage.playlists.tracks import forget_track
from storage.postgres import Postgres
from storage.tracks.rows import Track, note, read_track, read_tracks
from storage.uploads.orders import order_sweep

if TYPE_CHECKING:
    from storage.postgres import Connection


class Change(Struct, frozen=True):
    """One field that an update changed."""

    field: str
    old_value: Any
    new_value: Any


class Updated(Struct, frozen=True):
    """What an update made of a track."""

    track: Track
    changes: tuple[Change, ...]


class Deleted(Struct, frozen=True, kw_only=True):
    """What a deletion touched."""

    id: str
    seq_id: int
    title: str
    deleted_at: datetime
    playlists: int
    likes: int


class TrackInUse(Conflict):
    """Playlists hold the track, and the caller did not say that they may lose it."""

    default_code = "TRACK_IN_USE"


EDITABLE = (
    "title",
    "artist",
    "description",
    "tags",
    "genre",
    "bpm",
    "musical_key",
    "is_public",
    "is_downloadable",
    "license",
)
"""Columns an update may change, in the order of `_UPDATE`."""

_UPDATE = """
UPDATE tracks
SET title = $2, artist = $3, description = $4, tags = $5, genre = $6, bpm = $7, musical_key = $8,
    is_public = $9, is_downloadable = $10, license = $11, updated_at = now()
WHERE id = $1
"""

_LOG_CHANGE = """
INSERT INTO track_change_log (track_id, user_id, field, old_value, new_value)
VALUES ($1, $2, $3, $4, $5)
"""

_USES = """
SELECT (SELECT count(DISTINCT pt.playlist_id) FROM playlist_tracks pt
        JOIN playlists p ON p.id = pt.playlist_id AND p.deleted_at IS NULL
        WHERE pt.track_id = $1) AS playlists,
       (SELECT count(*) FROM track_likes WHERE track_id = $1) AS likes
"""

_DELETE = """
UPDATE tracks SET deleted_at = now(), is_published = false, updated_at = now()
WHERE id = $1
RETURNING deleted_at
"""

_LIKE = """
WITH liked AS (
    INSERT INTO track_likes (user_id, track_id) VALUES ($2, $1)
    ON CONFLICT (user_id, track_id) DO NOTHING RETURNING 1
)
UPDATE tracks t SET like_count = coalesce(like_count, 0) + l.n, popularity_score =
    ln(1 + coalesce(t.play_count, 0)) + 2 * ln(1 + coalesce(t.like_count, 0) + l.n)
FROM (SELECT count(*)::integer AS n FROM liked) l
WHERE t.id = $1
RETURNING t.like_count
"""

_UNLIKE = """
WITH unliked AS (
    DELETE FROM track_likes WHERE user_id = $2 AND track_id = $1 RETURNING 1
)
UPDATE tracks t SET like_count = greatest(coalesce(like_count, 0) - l.n, 0), popularity_score =
    ln(1 + coalesce(t.play_count, 0)) + 2 * ln(1 + greatest(coalesce(t.like_count, 0) - l.n, 0))
FROM (SELECT count(*)::integer AS n FROM unliked) l
WHERE t.id = $1
RETURNING t.like_count
"""


class Catalog:
    """The table tracks, from the side of people."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)
        self._by_id: Loader[Track] = Loader(self._load)

    async def get(self, track_id: str) -> Track | None:
        """A track by its UUID, also a deleted one. Reads of one loop tick are one query."""
        return await self._by_id.get(track_id)

    async def id_of(self, seq_id: int) -> str | None:
        """The UUID of a track by its integer id."""
        found: str | None = await self._postgres.value(
            "SELECT id::text FROM tracks WHERE seq_id = $1", seq_id
        )
        return found

    async def in_order(self, track_ids: Sequence[str]) -> list[Track]:
        """These tracks in this order; ids that are none are left out."""
        found = await self._load(track_ids)
        return [found[track_id] for track_id in track_ids if track_id in found]

    async def update(
        self,
        track_id: str,
        user_id: str,
        values: Mapping[str, Any],
        check: Callable[[Track], None],
    ) -> Updated:
        """Change what is named in `values` (names of `EDITABLE`), keep the rest.

        Args:
            track_id: UUID.
            user_id: who does it, for the history.
            values: new values by column.
            check: gets the track as it is, locked, and raises if it may not be changed.

        Raises:
            NotFound: TRACK_NOT_FOUND.
        """
        async with self._postgres.transaction() as connection:
            before = await _locked(connection, track_id)
            check(before)
            changes = tuple(
                Change(field, _plain(getattr(before, field)), _plain(values[field]))
                for field in EDITABLE
                if field in values and _plain(values[field]) != _plain(getattr(before, field))
            )
            if changes:
                after = [values.get(field, getattr(before, field)) for field in EDITABLE]
                await connection.execute(_UPDATE, track_id, *after)
                await connection.executemany(
                    _LOG_CHANGE,
                    [(track_id, user_id, c.field, c.old_value, c.new_value) for c in changes],
                )
                await note(connection, track_id, user_id, "updated")
            track = await read_track(connection, track_id)
        return Updated(track, changes)

    async def delete(
        self, track_id: str, user_id: str, check: Callable[[Track], None], *, force: bool
    ) -> Deleted:
        """Take a track out of the catalog; a job removes its files. Plays and likes are kept.

        Raises:
            NotFound: TRACK_NOT_FOUND.
            TrackInUse: playlists hold it and `force` is not set.
        """
        async with self._postgres.transaction() as connection:
            track = await _locked(connection, track_id)
            check(track)
            uses = await connection.fetchrow(_USES, track_id)
            assert uses is not None  # a SELECT without FROM has one row
            if uses["playlists"] and not force:
                raise TrackInUse(
                    f"{uses['playlists']} playlists hold this track. Say force=true to delete it."
                )
            deleted_at = await connection.fetchval(_DELETE, track_id)
            await connection.execute("DELETE FROM track_audios WHERE track_id = $1", track_id)
            await forget_track(connection, track_id)
            await note(connection, track_id, user_id, "deleted")
            await order_sweep(connection, [f"originals/{track_id}/", f"tracks/{track_id}/"])
        return Deleted(
            id=track_id,
            seq_id=track.seq_id,
            title=track.title,
            deleted_at=deleted_at,
            playlists=uses["playlists"],
            likes=uses["likes"],
        )

    async def like(self, track_id: str, user_id: str) -> int:
        """Like a track, once; returns how many like it."""
        return int(await self._postgres.value(_LIKE, track_id, user_id))

    async def unlike(self, track_id: str, user_id: str) -> int:
        """Take a like back; returns how many like it."""
        return int(await self._postgres.value(_UNLIKE, track_id, user_id))

    async def is_liked(self, track_id: str, user_id: str) -> bool:
        """True when the user likes the track."""
        return bool(
            await self._postgres.value(
                "SELECT EXISTS (SELECT FROM track_likes WHERE track_id = $1 AND user_id = $2)",
                track_id,
                user_id,
            )
        )

    async def _load(self, track_ids: Sequence[str]) -> dict[str, Track]:
        return await read_tracks(self._postgres, track_ids)


async def _locked(connection: "Connection", track_id: str) -> Track:
    await connection.execute("SELECT FROM tracks WHERE id = $1 FOR UPDATE", track_id)
    return await read_track(connection, track_id)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

"""Albums, their artists and their tracks. An album is locked before its tracks."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, convert

from rooms.access import ArtistRole
from rooms.errors import NotFound
from storage.albums.artists import artist_not_found, own_artist
from storage.albums.records import (
    Album,
    AlbumFilter,
    AlbumSort,
    PageOfAlbums,
)
from storage.backends import Pool
from storage.pages import Order, containing, read_page
from storage.postgres import Postgres
from storage.tracks.lists import Conditions

if TYPE_CHECKING:
    from storage.postgres import Connection


class AlbumTrack(Struct, frozen=True):
    """A track of an album, with what decides who may hear it."""

    track_id: str
    creator_id: str | None
    is_public: bool


EDITABLE = ("title", "cover_url", "album_type", "release_date")
"""Columns an update may change, in the order of `_UPDATE`."""

_SELECT = """
SELECT al.id::text, al.seq_id, al.title, al.cover_url, al.album_type, al.release_date,
       al.created_by::text AS creator_id,
       (SELECT min(aa.role)::text FROM album_artists aa
        JOIN artists ar ON ar.id = aa.artist_id AND ar.deleted_at IS NULL
        WHERE aa.album_id = al.id AND coalesce(ar.user_id, ar.created_by) = $1) AS role,
       coalesce((SELECT json_agg(json_build_object('id', ar.seq_id, 'uuid', ar.id,
                                                   'name', ar.name, 'avatar_url', ar.avatar_url,
                                                   'role', aa.role) ORDER BY aa.role, ar.seq_id)
                 FROM album_artists aa
                 JOIN artists ar ON ar.id = aa.artist_id AND ar.deleted_at IS NULL
                 WHERE aa.album_id = al.id), '[]') AS artists,
       (SELECT count(*) FROM tracks t
        WHERE t.album_id = al.id AND t.is_public AND t.status = 'completed'
          AND t.deleted_at IS NULL) AS track_count,
       al.created_at, al.updated_at
FROM albums al
"""
_ONE = _SELECT + "WHERE al.id = $2 AND al.deleted_at IS NULL"

_SORTS: Mapping[AlbumSort, str] = {
    "created_at": "al.created_at",
    "updated_at": "al.updated_at",
    "title": "folded(al.title)",
    "release_date": "al.release_date",
}

_BY_ARTIST = """
al.id IN (SELECT aa.album_id FROM album_artists aa
          JOIN artists ar ON ar.id = aa.artist_id AND ar.deleted_at IS NULL WHERE {condition})
"""

_UPDATE = """
UPDATE albums
SET title = $2, cover_url = $3, album_type = $4, release_date = $5, updated_at = now()
WHERE id = $1
"""

_TRACKS = """
SELECT id::text AS track_id, creator_id::text, coalesce(is_public, true) AS is_public FROM tracks
WHERE album_id = $1 AND deleted_at IS NULL
ORDER BY album_position NULLS LAST, created_at, id
"""

_LOCK_TRACKS = """
SELECT id::text AS track_id, creator_id::text, coalesce(is_public, true) AS is_public,
       album_id = $2 AS is_held FROM tracks
WHERE (id = ANY($1::uuid[]) OR album_id = $2) AND deleted_at IS NULL
ORDER BY id FOR UPDATE
"""

_LEAVE = """
UPDATE tracks SET album_id = NULL, album = NULL, album_position = NULL, updated_at = now()
WHERE album_id = $1 AND id <> ALL($2::uuid[])
"""

_COME = """
UPDATE tracks t
SET album_id = $1, album = $3, album_position = o.position - 1, updated_at = now()
FROM unnest($2::uuid[]) WITH ORDINALITY AS o (id, position)
WHERE t.id = o.id
  AND (t.album_id IS DISTINCT FROM $1 OR t.album_position IS DISTINCT FROM o.position - 1)
"""


class Albums:
    """The tables albums and album_artists."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def get(self, album_id: str, viewer_id: str | None) -> Album:
        """An album. Raises NotFound, ALBUM_NOT_FOUND, also for one that was deleted."""
        row = await self._postgres.row(_ONE, viewer_id, album_id)
        if row is None:
            raise album_not_found()
        return _album(row)

    async def page(
        self,
        wanted: AlbumFilter,
        viewer_id: str | None,
        sort: AlbumSort,
        order: Order,
        limit: int,
        offset: int,
    ) -> PageOfAlbums:
        """Albums from `offset` on, and the total."""
        where = Conditions()
        where.args.append(viewer_id)  # $1 stands in `_SELECT`
        where.add("al.deleted_at IS NULL")
        where.add_if(_BY_ARTIST.replace("{condition}", "ar.id = {}"), wanted.artist_id)
        by_name = _BY_ARTIST.replace("{condition}", "folded(ar.name) = folded({})")
        where.add_if(by_name, wanted.artist)
        where.add_if("al.album_type = {}", wanted.album_type)
        where.add_if("extract(year FROM al.release_date) = {}", wanted.year)
        if wanted.search is not None:
            where.add("folded(al.title) LIKE folded({})", containing(wanted.search))
        order_by = (_SORTS[sort], "al.id")
        page = await read_page(
            self._postgres, _SELECT, where, order_by, order, limit=limit, offset=offset
        )
        return PageOfAlbums([_album(row) for row in page.rows], page.total)

    async def tracks(self, album_id: str) -> list[AlbumTrack]:
        """All its tracks in order."""
        return [AlbumTrack(**dict(row)) for row in await self._postgres.rows(_TRACKS, album_id)]

    async def create(
        self, user_id: str, values: Mapping[str, Any], artists: Mapping[str, ArtistRole]
    ) -> Album:
        """A new album of these artists; of the account's own artist when none is named.

        Raises:
            NotFound: ARTIST_NOT_FOUND.
        """
        async with self._postgres.transaction() as connection:
            album_id = await connection.fetchval(
                "INSERT INTO albums (title, cover_url, album_type, release_date, created_by)"
                " VALUES ($1, $2, $3, $4, $5) RETURNING id::text",
                *(values[field] for field in EDITABLE),
                user_id,
            )
            links = artists or {await own_artist(connection, user_id): "owner"}
            await _link(connection, album_id, links)
            return await _read(connection, album_id, user_id)

    async def update(
        self,
        album_id: str,
        user_id: str,
        values: Mapping[str, Any],
        artists: Mapping[str, ArtistRole] | None,
        check: Callable[[Album], None],
    ) -> Album:
        """Change what is named in `values` (names of `EDITABLE`), and all artists unless None.

        Raises:
            NotFound: ALBUM_NOT_FOUND, ARTIST_NOT_FOUND.
        """
        async with self._postgres.transaction() as connection:
            before = await _locked(connection, album_id, user_id)
            check(before)
            after = [values.get(field, getattr(before, field)) for field in EDITABLE]
            await connection.execute(_UPDATE, album_id, *after)
            if values.get("title", before.title) != before.title:
                await connection.execute(
                    "WITH held AS (SELECT id FROM tracks WHERE album_id = $1"
                    " ORDER BY id FOR UPDATE)"
                    " UPDATE tracks SET album = $2 WHERE id IN (SELECT id FROM held)",
                    album_id,
                    values["title"],
                )
            if artists is not None:
                await connection.execute("DELETE FROM album_artists WHERE album_id = $1", album_id)
                await _link(connection, album_id, artists)
            return await _read(connection, album_id, user_id)

    async def set_tracks(
        self,
        album_id: str,
        user_id: str,
        track_ids: Sequence[str],
        check: Callable[[Album], None],
        check_new: Callable[[AlbumTrack], None],
    ) -> Album:
        """Make these the album's tracks, in this order; the others leave it.

        Args:
            album_id: UUID.
            user_id: who does it.
            track_ids: UUIDs, each once.
            check: gets the album locked; raises if its tracks may not be changed.
            check_new: gets each track that was not in it; raises if it may not come in.

        Raises:
            NotFound: ALBUM_NOT_FOUND, TRACK_NOT_FOUND.
        """
        async with self._postgres.transaction() as connection:
            album = await _locked(connection, album_id, user_id)
            check(album)
            rows = await connection.fetch(_LOCK_TRACKS, list(track_ids), album_id)
            known = {row["track_id"]: row for row in rows}
            if not set(track_ids) <= set(known):
                raise NotFound("Track not found", "TRACK_NOT_FOUND")
            for track_id in track_ids:
                row = known[track_id]
                if not row["is_held"]:
                    check_new(AlbumTrack(track_id, row["creator_id"], row["is_public"]))
            await connection.execute(_LEAVE, album_id, list(track_ids))
            await connection.execute(_COME, album_id, list(track_ids), album.title)
            await connection.execute("UPDATE albums SET updated_at = now() WHERE id = $1", album_id)
            return await _read(connection, album_id, user_id)

    async def delete(self, album_id: str, user_id: str, check: Callable[[Album], None]) -> Album:
        """Take an album away; its row and its tracks stay. Raises as `get`."""
        async with self._postgres.transaction() as connection:
            album = await _locked(connection, album_id, user_id)
            check(album)
            await connection.execute(
                "UPDATE albums SET deleted_at = now(), updated_at = now() WHERE id = $1", album_id
            )
        return album


def album_not_found() -> NotFound:
    """What is said of an album that is not there."""
    return NotFound("There is no such album.", "ALBUM_NOT_FOUND")


async def _link(connection: "Connection", album_id: str, artists: Mapping[str, ArtistRole]) -> None:
    known = await connection.fetch(
        "SELECT FROM artists WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL"
        " ORDER BY id FOR KEY SHARE",
        list(artists),
    )
    if len(known) < len(artists):
        raise artist_not_found()
    await connection.execute(
        "INSERT INTO album_artists (album_id, artist_id, role)"
        " SELECT $1, artist_id, role::artist_role"
        " FROM unnest($2::uuid[], $3::text[]) AS link (artist_id, role)",
        album_id,
        list(artists),
        list(artists.values()),
    )


async def _locked(connection: "Connection", album_id: str, viewer_id: str) -> Album:
    await connection.execute("SELECT FROM albums WHERE id = $1 FOR UPDATE", album_id)
    return await _read(connection, album_id, viewer_id)


async def _read(connection: "Connection", album_id: str, viewer_id: str) -> Album:
    row = await connection.fetchrow(_ONE, viewer_id, album_id)
    if row is None:
        raise album_not_found()
    return _album(row)


def _album(row: Any) -> Album:
    return convert(dict(row), Album)

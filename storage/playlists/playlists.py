"""Playlists: the list of them, one of them, and the changes to its own fields."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from rooms.access import Permission
from rooms.errors import Conflict, NotFound
from storage.backends import Pool
from storage.pages import Order, containing, read_page
from storage.postgres import Postgres
from storage.tracks.lists import Conditions

if TYPE_CHECKING:
    from storage.postgres import Connection

PlaylistSort = Literal["created_at", "updated_at", "name", "track_count"]
Scope = Literal["mine", "owned", "shared", "visible"]
"""The viewer's own and those he collaborates on; the first; the second; and all public ones too."""

MAX_PLAYLISTS = 1_000
"""Of one account."""


class Playlist(Struct, frozen=True, kw_only=True):
    """A playlist as one viewer meets it."""

    id: str
    user_id: str
    owner_username: str
    owner_display_name: str
    name: str
    description: str | None
    is_public: bool
    cover_url: str | None
    track_count: int
    follower_count: int
    is_editorial: bool
    is_default_favorites: bool
    created_at: datetime
    updated_at: datetime
    permission: Permission | None
    """The viewer's as a collaborator."""


class NewPlaylist(Struct, frozen=True, kw_only=True):
    """What its maker says of it."""

    name: str
    description: str | None = None
    is_public: bool = True
    cover_url: str | None = None


class PlaylistFilter(Struct, frozen=True, kw_only=True):
    """What a list is narrowed to."""

    viewer_id: str
    scope: Scope = "mine"
    owner_id: str | None = None
    is_public: bool | None = None
    search: str | None = None
    """Part of the name."""


class PageOfPlaylists(Struct, frozen=True):
    """One page, and how many there are in all."""

    playlists: list[Playlist]
    total: int


EDITABLE = ("name", "description", "is_public", "cover_url")
"""Columns an update may change, in the order of `_UPDATE`."""

_SELECT = """
SELECT p.id::text AS id, p.user_id::text, u.username AS owner_username,
       coalesce(u.display_name, u.username) AS owner_display_name, coalesce(p.name, '') AS name,
       p.description, coalesce(p.is_public, true) AS is_public, p.cover_url,
       coalesce(p.track_count, 0) AS track_count, coalesce(p.follower_count, 0) AS follower_count,
       coalesce(p.is_editorial, false) AS is_editorial,
       coalesce(p.is_default_favorites, false) AS is_default_favorites,
       p.created_at, p.updated_at, c.permission
FROM playlists p
JOIN users u ON u.id = p.user_id
LEFT JOIN playlist_collaborators c ON c.playlist_id = p.id AND c.user_id = $1
"""

_ONE = _SELECT + "WHERE p.id = $2 AND p.deleted_at IS NULL"

_OWNED = "SELECT id FROM playlists WHERE user_id = {}"
_SHARED = "SELECT playlist_id FROM playlist_collaborators WHERE user_id = {}"
_SCOPES: Mapping[Scope, str] = {
    "owned": f"p.id IN ({_OWNED})",
    "shared": f"p.id IN ({_SHARED})",
    "mine": f"p.id IN ({_OWNED} UNION {_SHARED})",
    "visible": f"(coalesce(p.is_public, true) OR p.id IN ({_OWNED} UNION {_SHARED}))",
}

_SORTS: Mapping[PlaylistSort, str] = {
    "created_at": "p.created_at",
    "updated_at": "p.updated_at",
    "name": "folded(p.name)",
    "track_count": "coalesce(p.track_count, 0)",
}

_INSERT = """
INSERT INTO playlists (user_id, name, description, is_public, cover_url, track_count)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING id::text
"""

_INSERT_TRACKS = """
INSERT INTO playlist_tracks (playlist_id, track_id, position, added_by, added_at)
SELECT $1, t.id, t.position - 1, $3, now()
FROM unnest($2::uuid[]) WITH ORDINALITY AS t (id, position)
"""

# Of two first looks at once, one makes the row and both find it.
_MAKE_FAVORITES = """
INSERT INTO playlists (user_id, name, is_public, is_default_favorites)
VALUES ($1, 'Favorites', false, true) ON CONFLICT DO NOTHING
"""

_UPDATE = """
UPDATE playlists SET name = $2, description = $3, is_public = $4, cover_url = $5, updated_at = now()
WHERE id = $1
"""


class Playlists:
    """The table playlists."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def get(self, playlist_id: str, viewer_id: str | None) -> Playlist | None:
        """A playlist and what the viewer is in it; None when there is none or it was deleted."""
        row = await self._postgres.row(_ONE, viewer_id, playlist_id)
        return None if row is None else Playlist(**dict(row))

    async def page(
        self, wanted: PlaylistFilter, sort: PlaylistSort, order: Order, limit: int, offset: int
    ) -> PageOfPlaylists:
        """Playlists from `offset` on, and the total."""
        where = Conditions()
        where.args.append(wanted.viewer_id)  # $1 stands in `_SELECT`
        scope = _SCOPES[wanted.scope]
        where.add(scope, *[wanted.viewer_id] * scope.count("{}"))
        where.add("p.deleted_at IS NULL")
        where.add_if("p.user_id = {}", wanted.owner_id)
        where.add_if("coalesce(p.is_public, true) = {}", wanted.is_public)
        if wanted.search is not None:
            where.add("folded(p.name) LIKE folded({})", containing(wanted.search))
        order_by = (_SORTS[sort], "p.id")
        page = await read_page(
            self._postgres, _SELECT, where, order_by, order, limit=limit, offset=offset
        )
        return PageOfPlaylists([Playlist(**dict(row)) for row in page.rows], page.total)

    async def create(
        self, user_id: str, new: NewPlaylist, track_ids: Sequence[str] = ()
    ) -> Playlist:
        """A new playlist with these tracks.

        Raises:
            Conflict: the account has `MAX_PLAYLISTS` already.
        """
        async with self._postgres.transaction() as connection:
            await connection.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
            count = await connection.fetchval(
                "SELECT count(*) FROM playlists WHERE user_id = $1 AND deleted_at IS NULL", user_id
            )
            if count >= MAX_PLAYLISTS:
                raise Conflict(f"An account has at most {MAX_PLAYLISTS} playlists.")
            playlist_id = await connection.fetchval(
                _INSERT,
                user_id,
                new.name,
                new.description,
                new.is_public,
                new.cover_url,
                len(track_ids),
            )
            await connection.execute(_INSERT_TRACKS, playlist_id, list(track_ids), user_id)
            return await read_playlist(connection, playlist_id, user_id)

    async def favorites(self, user_id: str) -> Playlist:
        """The account's favourites, made when it first looks."""
        async with self._postgres.transaction() as connection:
            await connection.execute(_MAKE_FAVORITES, user_id)
            playlist_id = await connection.fetchval(
                "SELECT id::text FROM playlists"
                " WHERE user_id = $1 AND is_default_favorites AND deleted_at IS NULL",
                user_id,
            )
            return await read_playlist(connection, playlist_id, user_id)

    async def update(
        self,
        playlist_id: str,
        user_id: str,
        values: Mapping[str, Any],
        check: Callable[[Playlist], None],
    ) -> Playlist:
        """Change what is named in `values` (names of `EDITABLE`); `check` gets it locked.

        Raises:
            NotFound: PLAYLIST_NOT_FOUND.
        """
        async with self._postgres.transaction() as connection:
            before = await lock_playlist(connection, playlist_id, user_id)
            check(before)
            after = [values.get(field, getattr(before, field)) for field in EDITABLE]
            await connection.execute(_UPDATE, playlist_id, *after)
            return await read_playlist(connection, playlist_id, user_id)

    async def delete(
        self, playlist_id: str, user_id: str, check: Callable[[Playlist], None]
    ) -> None:
        """Take a playlist away; its row stays. Raises NotFound, PLAYLIST_NOT_FOUND."""
        async with self._postgres.transaction() as connection:
            check(await lock_playlist(connection, playlist_id, user_id))
            await connection.execute(
                "UPDATE playlists SET deleted_at = now(), updated_at = now() WHERE id = $1",
                playlist_id,
            )


async def lock_playlist(
    connection: "Connection", playlist_id: str, viewer_id: str | None
) -> Playlist:
    """A playlist that nobody else changes until the transaction ends. Raises as `read_playlist`."""
    await connection.execute("SELECT FROM playlists WHERE id = $1 FOR UPDATE", playlist_id)
    return await read_playlist(connection, playlist_id, viewer_id)


async def read_playlist(
    connection: "Connection", playlist_id: str, viewer_id: str | None
) -> Playlist:
    """A playlist as this transaction sees it. Raises NotFound, PLAYLIST_NOT_FOUND."""
    row = await connection.fetchrow(_ONE, viewer_id, playlist_id)
    if row is None:
        raise playlist_not_found()
    return Playlist(**dict(row))


def playlist_not_found() -> NotFound:
    """The one answer for a playlist that is not there and for one that must not be known of."""
    return NotFound("There is no such playlist.", "PLAYLIST_NOT_FOUND")

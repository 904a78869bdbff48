"""Artists: who music is by. One may be an account's own; the others belong to who made them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import asyncpg
from msgspec import Struct

from rooms.errors import Conflict, NotFound
from storage.backends import Pool
from storage.pages import Order, containing, read_page
from storage.postgres import Postgres
from storage.tracks.lists import Conditions

if TYPE_CHECKING:
    from storage.postgres import Connection

ArtistSort = Literal["created_at", "updated_at", "name"]

MAX_ARTISTS = 1_000
"""Made by one account."""


class Artist(Struct, frozen=True, kw_only=True):
    """One artist."""

    id: str
    seq_id: int
    name: str
    avatar_url: str | None
    user_id: str | None
    """The account whose own artist this is."""
    keeper_id: str | None
    """Who may change it: that account, else who made it."""
    created_at: datetime
    updated_at: datetime


class PageOfArtists(Struct, frozen=True):
    """One page, and how many there are in all."""

    artists: list[Artist]
    total: int


_SELECT = """
SELECT a.id::text, a.seq_id, a.name, a.avatar_url, a.user_id::text,
       coalesce(a.user_id, a.created_by)::text AS keeper_id, a.created_at, a.updated_at
FROM artists a
"""
_ONE = _SELECT + "WHERE a.id = $1 AND a.deleted_at IS NULL"

_SORTS: Mapping[ArtistSort, str] = {
    "created_at": "a.created_at",
    "updated_at": "a.updated_at",
    "name": "folded(a.name)",
}

_INSERT = """
INSERT INTO artists (name, avatar_url, user_id, created_by) VALUES ($1, $2, $3, $4)
RETURNING id::text
"""

_OWN = """
INSERT INTO artists (name, avatar_url, user_id, created_by)
SELECT coalesce(display_name, username), avatar, id, id FROM users WHERE id = $1
ON CONFLICT (user_id) WHERE user_id IS NOT NULL AND deleted_at IS NULL DO NOTHING
"""


class Artists:
    """The table artists."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def get(self, artist_id: str) -> Artist:
        """An artist. Raises NotFound, ARTIST_NOT_FOUND, also for one that was deleted."""
        row = await self._postgres.row(_ONE, artist_id)
        if row is None:
            raise artist_not_found()
        return Artist(**dict(row))

    async def page(
        self,
        search: str | None,
        user_id: str | None,
        sort: ArtistSort,
        order: Order,
        limit: int,
        offset: int,
    ) -> PageOfArtists:
        """Artists from `offset` on, and the total.

        Args:
            search: part of the name.
            user_id: UUID of the account whose own or whose making they are.
            sort: by what.
            order: its direction.
            limit: how many at most.
            offset: how many before.
        """
        where = Conditions()
        where.add("a.deleted_at IS NULL")
        where.add_if("coalesce(a.user_id, a.created_by) = {}", user_id)
        if search is not None:
            where.add("folded(a.name) LIKE folded({})", containing(search))
        order_by = (_SORTS[sort], "a.id")
        page = await read_page(
            self._postgres, _SELECT, where, order_by, order, limit=limit, offset=offset
        )
        return PageOfArtists([Artist(**dict(row)) for row in page.rows], page.total)

    async def create(
        self, user_id: str, name: str, avatar_url: str | None, *, is_own: bool
    ) -> Artist:
        """A new artist; with `is_own` it is the account itself.

        Raises:
            Conflict: ARTIST_EXISTS, the account has its own; or it has made `MAX_ARTISTS`.
        """
        async with self._postgres.transaction() as connection:
            await connection.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
            count = await connection.fetchval(
                "SELECT count(*) FROM artists WHERE created_by = $1 AND deleted_at IS NULL",
                user_id,
            )
            if count >= MAX_ARTISTS:
                raise Conflict(f"An account makes at most {MAX_ARTISTS} artists.")
            own = user_id if is_own else None
            try:
                artist_id = await connection.fetchval(_INSERT, name, avatar_url, own, user_id)
            except asyncpg.UniqueViolationError as exc:
                raise Conflict("This account has its artist already.", "ARTIST_EXISTS") from exc
            return await _read(connection, artist_id)

    async def update(
        self, artist_id: str, values: Mapping[str, Any], check: Callable[[Artist], None]
    ) -> Artist:
        """Change `name` or `avatar_url`; `check` gets the artist locked. Raises as `get`."""
        async with self._postgres.transaction() as connection:
            before = await _locked(connection, artist_id)
            check(before)
            await connection.execute(
                "UPDATE artists SET name = $2, avatar_url = $3, updated_at = now() WHERE id = $1",
                artist_id,
                values.get("name", before.name),
                values.get("avatar_url", before.avatar_url),
            )
            return await _read(connection, artist_id)

    async def delete(self, artist_id: str, check: Callable[[Artist], None]) -> Artist:
        """Take an artist away; its row stays. Raises as `get`."""
        async with self._postgres.transaction() as connection:
            artist = await _locked(connection, artist_id)
            check(artist)
            await connection.execute(
                "UPDATE artists SET deleted_at = now(), updated_at = now() WHERE id = $1",
                artist_id,
            )
        return artist


async def own_artist(connection: "Connection", user_id: str) -> str:
    """The UUID of the account's own artist, made if there is none."""
    await connection.execute(_OWN, user_id)
    artist_id: str = await connection.fetchval(
        "SELECT id::text FROM artists WHERE user_id = $1 AND deleted_at IS NULL", user_id
    )
    return artist_id


def artist_not_found() -> NotFound:
    """What is said of an artist that is not there."""
    return NotFound("There is no such artist.", "ARTIST_NOT_FOUND")


async def _locked(connection: "Connection", artist_id: str) -> Artist:
    await connection.execute("SELECT FROM artists WHERE id = $1 FOR UPDATE", artist_id)
    return await _read(connection, artist_id)


async def _read(connection: "Connection", artist_id: str) -> Artist:
    row = await connection.fetchrow(_ONE, artist_id)
    if row is None:
        raise artist_not_found()
    return Artist(**dict(row))

"""People whom a playlist's owner lets in, each with a permission."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from rooms.access import Permission
from rooms.errors import Conflict, NotFound
from storage.backends import Pool
from storage.playlists.playlists import Playlist, lock_playlist
from storage.postgres import Postgres

if TYPE_CHECKING:
    from storage.postgres import Connection

MAX_COLLABORATORS = 100


class Collaborator(Struct, frozen=True, kw_only=True):
    """One of them."""

    user_id: str
    username: str
    display_name: str
    avatar_url: str | None
    permission: Permission
    created_at: datetime


Check = Callable[[Playlist], None]
"""Gets the playlist locked; raises if its people may not be changed."""

_SELECT = """
SELECT c.user_id::text, u.username, coalesce(u.display_name, u.username) AS display_name,
       u.avatar AS avatar_url, c.permission, c.created_at
FROM playlist_collaborators c JOIN users u ON u.id = c.user_id AND u.deleted_at IS NULL
WHERE c.playlist_id = $1
"""
_ALL = _SELECT + "ORDER BY c.created_at, c.id"
_ONE = _SELECT + "AND c.user_id = $2"


class Collaborators:
    """The table playlist_collaborators."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def all_of(self, playlist_id: str) -> list[Collaborator]:
        """All of them, in the order in which they were let in."""
        return [Collaborator(**dict(row)) for row in await self._postgres.rows(_ALL, playlist_id)]

    async def add(
        self, playlist_id: str, actor_id: str, user_id: str, permission: Permission, check: Check
    ) -> Collaborator:
        """Let somebody in.

        Raises:
            NotFound: PLAYLIST_NOT_FOUND; USER_NOT_FOUND, there is no such account.
            Conflict: ALREADY_COLLABORATOR, also for the owner; or there are too many.
        """
        async with self._postgres.transaction() as connection:
            playlist = await lock_playlist(connection, playlist_id, actor_id)
            check(playlist)
            if user_id == playlist.user_id:
                raise Conflict("This playlist is this user's own.", "ALREADY_COLLABORATOR")
            if not await connection.fetchval(
                "SELECT EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL"
                " AND is_active AND NOT is_guest)",
                user_id,
            ):
                raise NotFound("There is no such user.", "USER_NOT_FOUND")
            count = await connection.fetchval(
                "SELECT count(*) FROM playlist_collaborators WHERE playlist_id = $1", playlist_id
            )
            if count >= MAX_COLLABORATORS:
                raise Conflict(f"A playlist has at most {MAX_COLLABORATORS} collaborators.")
            added = await connection.execute(
                "INSERT INTO playlist_collaborators (playlist_id, user_id, permission)"
                " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                playlist_id,
                user_id,
                permission,
            )
            if added != "INSERT 0 1":
                raise Conflict("This user is there already.", "ALREADY_COLLABORATOR")
            return await _read(connection, playlist_id, user_id)

    async def change(
        self, playlist_id: str, actor_id: str, user_id: str, permission: Permission, check: Check
    ) -> Collaborator:
        """Give another permission. Raises NotFound: PLAYLIST_NOT_FOUND, COLLABORATOR_NOT_FOUND."""
        async with self._postgres.transaction() as connection:
            check(await lock_playlist(connection, playlist_id, actor_id))
            await connection.execute(
                "UPDATE playlist_collaborators SET permission = $3, updated_at = now()"
                " WHERE playlist_id = $1 AND user_id = $2",
                playlist_id,
                user_id,
                permission,
            )
            return await _read(connection, playlist_id, user_id)

    async def remove(self, playlist_id: str, actor_id: str, user_id: str, check: Check) -> None:
        """Let somebody out. Raises as `change`."""
        async with self._postgres.transaction() as connection:
            check(await lock_playlist(connection, playlist_id, actor_id))
            await _read(connection, playlist_id, user_id)
            await connection.execute(
                "DELETE FROM playlist_collaborators WHERE playlist_id = $1 AND user_id = $2",
                playlist_id,
                user_id,
            )


async def _read(connection: "Connection", playlist_id: str, user_id: str) -> Collaborator:
    row = await connection.fetchrow(_ONE, playlist_id, user_id)
    if row is None:
        raise NotFound("This user is no collaborator.", "COLLABORATOR_NOT_FOUND")
    return Collaborator(**dict(row))

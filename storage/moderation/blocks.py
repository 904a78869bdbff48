"""Who has blocked whom. A block hides the two from each other, both ways."""

from collections.abc import Sequence

from msgspec import Struct

from storage.backends import Pool

MAX_BLOCKS = 1_000

_BLOCK = """
INSERT INTO user_blocks (blocker_id, blocked_id)
SELECT $1, id FROM users WHERE id = $2 AND deleted_at IS NULL
ON CONFLICT DO NOTHING
"""

_UNBLOCK = "DELETE FROM user_blocks WHERE blocker_id = $1 AND blocked_id = $2"

_BLOCKS = """
SELECT b.blocked_id::text AS user_id, u.username,
       coalesce(u.display_name, u.username) AS display_name
FROM user_blocks b JOIN users u ON u.id = b.blocked_id
WHERE b.blocker_id = $1 ORDER BY b.created_at DESC LIMIT 1000
"""

_HIDDEN = """
SELECT blocked_id::text AS id FROM user_blocks WHERE blocker_id = $1
UNION SELECT blocker_id::text FROM user_blocks WHERE blocked_id = $1
"""

HIDDEN_FROM = """ARRAY(SELECT blocked_id::text FROM user_blocks WHERE blocker_id = u.id
             UNION SELECT blocker_id::text FROM user_blocks WHERE blocked_id = u.id) AS hidden"""
"""Whom a user `u` is not to see."""

_HIDDEN_OF = f"""
SELECT u.id::text, {HIDDEN_FROM} FROM unnest($1::uuid[]) AS u (id)
"""  # noqa: S608 (our own text)

_COUNT = "SELECT count(*) FROM user_blocks WHERE blocker_id = $1"

_EXISTS = "SELECT EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL)"


class BlockedUser(Struct, frozen=True):
    """Somebody the caller has blocked."""

    user_id: str
    username: str
    display_name: str


class Blocks:
    """The blocks of people."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, user_id: str, other_id: str) -> bool:
        """Blocks somebody; False when there is no such user. Twice changes nothing."""
        if not await self._pool.fetchval(_EXISTS, other_id):
            return False
        await self._pool.execute(_BLOCK, user_id, other_id)
        return True

    async def remove(self, user_id: str, other_id: str) -> None:
        """Takes a block back."""
        await self._pool.execute(_UNBLOCK, user_id, other_id)

    async def count(self, user_id: str) -> int:
        """How many people somebody has blocked."""
        count: int = await self._pool.fetchval(_COUNT, user_id)
        return count

    async def of(self, user_id: str) -> list[BlockedUser]:
        """Whom somebody has blocked, the newest first."""
        rows = await self._pool.fetch(_BLOCKS, user_id)
        return [BlockedUser(row["user_id"], row["username"], row["display_name"]) for row in rows]

    async def hidden_from(self, user_id: str) -> list[str]:
        """Everybody whom somebody is not to see: whom he blocked, and who blocked him."""
        return [row["id"] for row in await self._pool.fetch(_HIDDEN, user_id)]

    async def hidden_of(self, user_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The same of many; each of `user_ids` is in it."""
        rows = await self._pool.fetch(_HIDDEN_OF, list(user_ids))
        return {row["id"]: frozenset(row["hidden"]) for row in rows}

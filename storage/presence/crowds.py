"""Users of whom a node is asked to count its sockets again: a hint from one node to another."""

from collections.abc import Iterable, Mapping

from rooms.errors import Unavailable
from storage import keys
from storage.redis import FAILURES, RedisClient

FORGET_S = 60
"""A node that does not look for this long is gone."""
AT_ONCE = 1_000


class CrowdHints:
    """Hints to and for one node. All of it may be lost: the next socket of the user asks again.

    Args:
        redis: one server or many.
        node: this node's id, as in `Places`.
    """

    def __init__(self, redis: RedisClient, node: str) -> None:
        self._redis = redis
        self._node = node

    async def ask(self, of_nodes: Mapping[str, Iterable[str]]) -> None:
        """Asks nodes to look at users.

        Raises:
            Unavailable: Redis does not answer.
        """
        try:
            for node, user_ids in of_nodes.items():
                key = keys.crowded(node)
                await self._redis.sadd(key, *user_ids)
                await self._redis.expire(key, FORGET_S)
        except FAILURES as error:
            raise Unavailable("Redis does not answer just now.") from error

    async def take(self) -> set[str]:
        """The users that others have asked this node to look at, `AT_ONCE` at most.

        Raises:
            Unavailable: Redis does not answer.
        """
        try:
            found = await self._redis.spop(keys.crowded(self._node), AT_ONCE)
        except FAILURES as error:
            raise Unavailable("Redis does not answer just now.") from error
        return {user_id.decode() for user_id in found or ()}  # type: ignore[union-attr]  # bytes

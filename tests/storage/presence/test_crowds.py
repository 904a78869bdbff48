"""Hints from node to node about users with many sockets."""

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from rooms.errors import Unavailable
from storage import keys
from storage.presence.crowds import AT_ONCE, FORGET_S, CrowdHints
from storage.redis import open_client
from tests.people import fresh_id


async def test_a_node_takes_what_it_was_asked_once(redis_url: str) -> None:
    async with open_client(redis_url) as redis:
        one, two = CrowdHints(redis, fresh_id()), CrowdHints(redis, node := fresh_id())
        await one.ask({})
        await one.ask({node: {"ada", "bob"}})
        await one.ask({node: ["ada"], fresh_id(): ["eve"]})
        assert 0 < await redis.ttl(keys.crowded(node)) <= FORGET_S
        assert await one.take() == set()
        assert await two.take() == {"ada", "bob"}
        assert await two.take() == set()


async def test_what_is_taken_at_once_is_bounded(redis_url: str) -> None:
    async with open_client(redis_url) as redis:
        hints = CrowdHints(redis, node := fresh_id())
        users = {f"user {n}" for n in range(AT_ONCE + 5)}
        await hints.ask({node: users})
        first, second = await hints.take(), await hints.take()
        assert (len(first), len(second)) == (AT_ONCE, 5)
        assert first | second == users


async def test_without_redis_it_says_so() -> None:
    redis = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    hints = CrowdHints(redis, "node")
    with pytest.raises(Unavailable):
        await hints.take()
    with pytest.raises(Unavailable):
        await hints.ask({"other": ["ada"]})
    await redis.aclose()

"""Who is where, in Redis."""

import time

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from rooms.errors import Unavailable
from rooms.presence import Chosen, Device
from storage.presence.places import Change, Places
from storage.redis import open_client
from tests.people import fresh_id


def device(user_id: str, node: str, expires_at_ms: int = 0) -> Device:
    return Device(user_id, fresh_id(), None, "web", False, False, Chosen(), 1, expires_at_ms, node)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_what_one_node_says_the_others_read(redis_url: str) -> None:
    async with open_client(redis_url) as redis:
        one, two = Places(redis, fresh_id()), Places(redis, fresh_id())
        room, other, ada, bob = fresh_id(), fresh_id(), device("a", one.node), device("b", two.node)
        await one.write({room: Change([ada]), other: Change([ada])})
        await two.write({room: Change([bob])})
        found = await one.read([room, other])
        assert sorted(d.user_id for d in found[room]) == ["a", "b"]
        assert found[other] == [ada]
        await one.write({room: Change((), [ada.connection_id])})
        assert await two.read([room]) == {room: [bob]}


async def test_a_beat_says_whether_redis_knew_and_which_nodes_live(redis_url: str) -> None:
    async with open_client(redis_url) as redis:
        one, two = Places(redis, fresh_id()), Places(redis, fresh_id())
        assert not await one.beat(now_ms(), 7_000)
        assert await one.beat(now_ms(), 7_000)
        assert not await two.beat(now_ms(), 7_000)
        assert now_ms() < two.leases[one.node] <= now_ms() + 7_000
        await redis.flushall()
        assert not await one.beat(now_ms(), 7_000)
        assert two.node not in one.leases


async def test_a_node_is_named_again_once_it_has_said_all(redis_url: str) -> None:
    """Until then those who read know that Redis lacks what it has to say."""
    async with open_client(redis_url) as redis:
        one, two = Places(redis, fresh_id()), Places(redis, fresh_id())
        room, ada = fresh_id(), device("a", one.node)
        await one.beat(now_ms(), 7_000)
        await one.write({room: Change([ada])})
        assert await two.read([room]) == {room: [ada]}
        assert two.forgotten(now_ms()) == set()

        await redis.flushall()
        assert not await one.beat(now_ms(), 7_000)
        assert not await one.beat(now_ms(), 7_000), "beats alone do not name it"
        assert await two.read([room]) == {room: []}
        assert two.forgotten(now_ms()) == {one.node}
        assert two.forgotten(now_ms() + 8_000) == set(), "its lease is over"

        await one.write({room: Change([ada])})
        await one.name(now_ms(), 7_000)
        assert await two.read([room]) == {room: [ada]}
        assert two.forgotten(now_ms()) == set()


async def test_users_are_found_on_every_node_that_lives(redis_url: str) -> None:
    async with open_client(redis_url) as redis:
        one, two = Places(redis, fresh_id()), Places(redis, fresh_id())
        user = fresh_id()
        here, there = device(user, one.node), device(user, two.node)
        for places, own in ((one, here), (two, there)):
            await places.beat(now_ms(), 7_000)
            await places.write_users({user: [own]}, 7_000)
        await one.beat(now_ms(), 7_000)
        found = await one.read_users([user, "nobody"], now_ms())
        assert sorted(d.node for d in found[user]) == sorted([one.node, two.node])
        assert found["nobody"] == []
        long_after_ms = now_ms() + 8_000
        assert await one.read_users([user], long_after_ms) == {user: [here]}
        await one.write_users({user: []}, 7_000)
        assert await one.read_users([user], now_ms()) == {user: [there]}


async def test_users_that_redis_lost_are_noticed(redis_url: str) -> None:
    async with open_client(redis_url) as redis:
        one = Places(redis, fresh_id())
        await one.beat(now_ms(), 7_000)
        await one.write_users({"u": [device("u", one.node)]}, 7_000)
        assert await one.beat(now_ms(), 7_000)
        await redis.delete(f"veza:present-users:{one.node}")
        assert not await one.beat(now_ms(), 7_000)


async def test_redis_away_is_said_and_reads_leave_out() -> None:
    redis: Redis = Redis(port=1, retry=Retry(NoBackoff(), 0))
    places = Places(redis, "n")
    for work in (
        places.beat(now_ms(), 7_000),
        places.write({"p": Change([device("u", "n")])}),
        places.write_users({"u": [device("u", "n")]}, 7_000),
        places.read_users(["u"], now_ms()),
    ):
        with pytest.raises(Unavailable):
            await work
    assert await places.read(["p"]) == {}
    await redis.aclose()

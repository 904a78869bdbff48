"""Redis has lost its memory: who is there stays shown until everybody has told it anew."""

import time
from collections.abc import AsyncIterator

import pytest

from hub.presence.here import Here
from hub.presence.watched import Watched
from rooms.presence import Chosen, Device
from storage.presence.places import Change, Places
from storage.redis import RedisClient, open_client
from tests.people import fresh_id


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClient]:
    async with open_client(redis_url) as client:
        yield client


async def test_nobody_leaves_because_redis_forgot_him(redis: RedisClient) -> None:
    mine, theirs = Places(redis, fresh_id()), Places(redis, fresh_id())
    room, ada = fresh_id(), fresh_id()
    here = Here(mine.node, lambda _user_id: Chosen())
    told: list[str] = []
    watched = Watched(mine, here, lambda _user_id: [], lambda _to, name, _data: told.append(name))
    device = Device(ada, fresh_id(), None, "web", False, False, Chosen(), 1, 0, theirs.node)

    async def look() -> set[str]:
        await watched.load([room])
        watched.show()
        return set(watched.places[room].view)

    await theirs.beat(now_ms(), 60_000)
    await theirs.write({room: Change([device])})
    watched.place(room)
    assert await look() == {ada}

    await redis.flushall()
    assert await look() == {ada}, "her node has not said anything yet"
    assert not await theirs.beat(now_ms(), 60_000)
    assert await look() == {ada}, "it is about to say it"
    await theirs.write({room: Change([device])})
    await theirs.name(now_ms(), 60_000)
    assert await look() == {ada}
    assert told == ["presence:diff"], "she was shown once, and never gone"

    await theirs.write({room: Change((), [device.connection_id])})
    assert await look() == set()


async def test_who_was_on_a_node_that_died_is_gone_all_the_same(redis: RedisClient) -> None:
    mine, theirs = Places(redis, fresh_id()), Places(redis, fresh_id())
    room, ada = fresh_id(), fresh_id()
    here = Here(mine.node, lambda _user_id: Chosen())
    watched = Watched(mine, here, lambda _user_id: [], lambda _to, _name, _data: None)
    device = Device(ada, fresh_id(), None, "web", False, False, Chosen(), 1, 0, theirs.node)
    await theirs.beat(now_ms(), 60_000)
    await theirs.write({room: Change([device])})
    watched.place(room)
    await watched.load([room])
    watched.show()
    assert set(watched.places[room].view) == {ada}

    await redis.flushall()
    mine.leases[theirs.node] = now_ms() - 1
    await watched.load([room])
    watched.show()

    assert not watched.places[room].view

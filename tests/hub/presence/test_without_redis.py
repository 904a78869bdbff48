"""While Redis is away nobody can say that he lives: whoever did still counts as alive."""

import time

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from hub.door.sessions import Sessions
from hub.presence import Presence, open_presence
from hub.presence.telling import LEASE_MS
from storage.backends import Pool
from storage.presence.places import Places
from tests.eventually import eventually


async def test_who_was_alive_stays_alive_and_who_was_dead_does_not_rise(pool: Pool) -> None:
    redis: Redis = Redis(port=1, retry=Retry(NoBackoff(), 0))
    places = Places(redis, "here")
    began_ms = time.time() * 1000
    dead_ms = began_ms - 1
    places.leases |= {"there": began_ms + 4_000, "dead": dead_ms}
    presence = Presence(
        pool=pool, places=places, sessions=Sessions(), send=lambda _stream, _event, _data: None
    )
    async with open_presence(presence):
        await eventually(lambda: places.leases["there"] > began_ms + 4_000)
    assert places.leases["there"] <= time.time() * 1000 + LEASE_MS
    assert places.leases["dead"] == dead_ms
    await redis.aclose()

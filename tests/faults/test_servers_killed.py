"""No acknowledged message is lost, doubled or reordered while the servers behind the hub die.

Two nodes, two talkers who send again with the same `client_id` until they are acked, and who hear
each other. Redis and PostgreSQL (fsync on) are killed with SIGKILL and started again meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from storage.backends import open_pool
from tests.faults.servers import KillableServers, killable_servers
from tests.faults.talkers import Party, open_party, talk_through
from tests.nodes import OpenNode, People

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def servers_to_kill() -> Iterator[KillableServers]:
    with killable_servers() as servers:
        yield servers


@pytest.fixture
def database_url(servers_to_kill: KillableServers) -> str:
    return servers_to_kill.database_url


@pytest.fixture
def redis_url(servers_to_kill: KillableServers) -> str:
    return servers_to_kill.redis_url


@pytest.fixture
async def party(open_one: OpenNode, database_url: str) -> AsyncIterator[Party]:
    async with open_pool(database_url, size=2) as pool, open_party(open_one, People(pool)) as party:
        yield party


async def test_redis_killed_and_back(party: Party, servers_to_kill: KillableServers) -> None:
    redis = servers_to_kill.redis
    refused = await talk_through(party, [redis.kill, redis.start, redis.kill, redis.start])
    assert refused == set()
    await party.see_each_other()


async def test_redis_frozen_and_back(party: Party, servers_to_kill: KillableServers) -> None:
    redis = servers_to_kill.redis

    async def bus_gives_up() -> None:
        await party.until_bus("down")

    refused = await talk_through(party, [redis.pause, bus_gives_up, redis.resume])
    assert refused == set()
    await party.until_bus("up")
    await party.hears_typing()


async def test_postgres_frozen_refuses_in_time(
    party: Party, servers_to_kill: KillableServers
) -> None:
    loop = asyncio.get_running_loop()

    async def say(after_s: float) -> tuple[float, str]:
        await asyncio.sleep(after_s)  # pace: of talk
        began_s = loop.time()
        ack = await party.ada.say(party.room_id, "m")
        return loop.time() - began_s, "" if ack["ok"] else ack["error"]["code"]

    servers_to_kill.postgres.pause()
    try:
        answers = await asyncio.gather(*(say(0.4 * number) for number in range(8)))
    finally:
        servers_to_kill.postgres.resume()

    assert {code for _, code in answers} == {"UNAVAILABLE"}
    assert max(took_s for took_s, _ in answers) < 2.5


async def test_postgres_killed_and_back(party: Party, servers_to_kill: KillableServers) -> None:
    postgres = servers_to_kill.postgres

    def restart() -> None:
        postgres.kill()
        postgres.start()

    refused = await talk_through(party, [restart, restart, restart])
    assert refused <= {"UNAVAILABLE"}

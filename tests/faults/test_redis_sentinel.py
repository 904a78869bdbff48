"""Two nodes on a Redis master with a replica and a sentinel: the master dies, another takes over,
and the nodes are with it within seconds."""

from collections.abc import AsyncIterator, Iterator

import pytest

from hub.node import is_ready
from tests.faults.talkers import Party, open_party, talk_through
from tests.nodes import OpenNode, People
from tests.storage.redis.servers import Sentinels, redis_sentinels, wait_for

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def sentinels() -> Iterator[Sentinels]:
    with redis_sentinels() as sentinels:
        yield sentinels


@pytest.fixture
def redis_url(sentinels: Sentinels) -> str:
    return sentinels.url


@pytest.fixture
async def party(open_one: OpenNode, people: People) -> AsyncIterator[Party]:
    async with open_party(open_one, people) as party:
        yield party


async def test_the_master_is_killed(party: Party, sentinels: Sentinels) -> None:
    def taken_over() -> None:
        wait_for(lambda: sentinels.master_port() == sentinels.replica.port)

    refused = await talk_through(party, [sentinels.master.kill, taken_over])
    assert refused == set()
    await party.until_bus("up")
    assert await is_ready(party.nodes[1].node) == (
        True,
        {"database": "up", "redis": "up", "bus": "up", "drain": "no"},
    )
    await party.hears_typing()
    await party.see_each_other()


async def test_the_master_hangs_and_comes_back_as_a_replica(
    party: Party, sentinels: Sentinels
) -> None:
    def taken_over() -> None:
        wait_for(lambda: sentinels.master_port() == sentinels.replica.port)

    def demoted() -> None:
        wait_for(lambda: sentinels.master.info("replication")["role"] == "slave")

    faults = [sentinels.master.pause, taken_over, sentinels.master.resume, demoted]
    refused = await talk_through(party, faults)
    assert refused == set()
    await party.until_bus("up")
    await party.hears_typing()


async def test_sentinels_away_are_no_reason_to_let_go_of_the_master(
    party: Party, sentinels: Sentinels
) -> None:
    repairs = [node.node.bus.state for node in party.nodes]
    sentinels.sentinel.kill()
    refused = await talk_through(party, [])
    assert refused == set()
    assert repairs == [node.node.bus.state for node in party.nodes] == ["up", "up"]
    await party.hears_typing()

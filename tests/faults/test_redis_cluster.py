"""Two nodes on a Redis Cluster of real servers: what happens when one of them dies or gives away
slots. Chat, typing and presence go on, and the bus says how it stands."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from hub.node import is_ready
from storage import keys
from tests.faults.talkers import Party, open_party, talk_through
from tests.nodes import OpenNode, People
from tests.storage.redis.servers import RedisCluster, RedisServer, redis_cluster, wait_for

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[RedisCluster]:
    """Three primaries; `indirect` parameters ask for more, or less."""
    with redis_cluster(**getattr(request, "param", {})) as cluster:
        yield cluster


@pytest.fixture
def redis_url(cluster: RedisCluster) -> str:
    return cluster.url


@pytest.fixture
async def party(open_one: OpenNode, people: People) -> AsyncIterator[Party]:
    async with open_party(open_one, people) as party:
        yield party


def carrier(cluster: RedisCluster, party: Party) -> RedisServer:
    """Who carries the room's channel."""
    return cluster.owner(keys.channel(f"room:{party.room_id}"))


async def test_a_primary_killed_and_back(party: Party, cluster: RedisCluster) -> None:
    server = carrier(cluster, party)

    async def not_all_is_heard() -> None:
        await party.until_bus("partly", "down")
        ready, parts = await is_ready(party.nodes[0].node)
        assert ready
        assert parts["bus"] != "up"
        assert parts["redis"] == "down"

    def start() -> None:
        server.start()
        wait_for(cluster.is_up)

    refused = await talk_through(party, [server.kill, not_all_is_heard, start])
    assert refused == set()
    await party.until_bus("up")
    assert (await is_ready(party.nodes[0].node))[1]["bus"] == "up"
    await party.hears_typing()
    await party.see_each_other()


@pytest.mark.parametrize("cluster", [{"replicas": True}], indirect=True)
async def test_a_replica_takes_over(party: Party, cluster: RedisCluster) -> None:
    server = carrier(cluster, party)
    channel = keys.channel(f"room:{party.room_id}")

    def taken_over() -> None:
        wait_for(lambda: cluster.owner(channel).port != server.port)

    refused = await talk_through(party, [server.kill, taken_over])
    assert refused == set()
    await party.until_bus("up")
    await party.hears_typing()
    await party.see_each_other()


async def test_a_slot_moves(party: Party, cluster: RedisCluster) -> None:
    channel = keys.channel(f"room:{party.room_id}")
    giver = carrier(cluster, party)
    taker = next(server for server in cluster.servers if server is not giver)

    def move() -> None:
        slot = giver.ask("CLUSTER", "KEYSLOT", channel)
        for server in (taker, *cluster.servers):
            server.ask("CLUSTER", "SETSLOT", slot, "NODE", taker.ask("CLUSTER", "MYID"))

    refused = await talk_through(party, [move])
    assert refused == set()
    await party.until_bus("up")
    await party.hears_typing()
    heard = taker.ask("PUBSUB", "SHARDNUMSUB", channel)
    assert heard == [channel, 2]


@pytest.mark.parametrize("cluster", [{"without": ("SPUBLISH", "SSUBSCRIBE")}], indirect=True)
async def test_before_sharded_pubsub_any_node_carries_all(
    party: Party, cluster: RedisCluster
) -> None:
    def busiest() -> RedisServer:
        channel = keys.channel(f"room:{party.room_id}")
        return next(s for s in cluster.servers if s.ask("PUBSUB", "NUMSUB", channel)[1] == 2)

    kill: Callable[[], None] = busiest().kill
    refused = await talk_through(party, [kill])
    assert refused == set()

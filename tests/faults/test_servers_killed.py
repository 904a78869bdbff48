"""No acknowledged message is lost, doubled or reordered while the servers behind the hub die.

Two nodes, two talkers who send again with the same `client_id` until they are acked, a listener on
the other node. Redis and PostgreSQL (fsync on) are killed with SIGKILL and started again meanwhile.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from storage.backends import open_pool
from tests.client import HubClient, connected
from tests.faults.servers import KillableServers, killable_servers
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


class Talker:
    """Says one thing after the other until told to stop; keeps what was acked."""

    def __init__(self, client: HubClient, room_id: str) -> None:
        self._client = client
        self._room_id = room_id
        self.acked: dict[str, int] = {}
        self.refused: set[str] = set()
        self.done = asyncio.Event()

    async def talk(self) -> None:
        """Each message is sent with one id until it is acked."""
        while not self.done.is_set():
            client_id = str(uuid.uuid4())
            while True:
                ack = await self._client.say(self._room_id, "m", client_id)
                if ack["ok"]:
                    self.acked[client_id] = ack["seq"]
                    break
                assert ack["error"]["retryable"], ack
                self.refused.add(ack["error"]["code"])

    async def until_acked(self, more: int) -> None:
        """Returns once so many more messages have been acked."""
        wanted = len(self.acked) + more
        async with asyncio.timeout(30):
            while len(self.acked) < wanted:
                await asyncio.sleep(0.01)


@pytest.fixture
async def party(
    open_one: OpenNode, database_url: str
) -> AsyncIterator[tuple[Talker, Talker, HubClient, int]]:
    one, two = await open_one(), await open_one()
    async with open_pool(database_url, size=2) as pool:
        people = People(pool)
        (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.ok("room:join", {"room_id": room["id"]})
        known = await bob.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        yield Talker(ada, room["id"]), Talker(bob, room["id"]), bob, known["seq"]


async def run_through(
    party: tuple[Talker, Talker, HubClient, int], faults: list[Callable[[], None]]
) -> tuple[Talker, Talker]:
    """Both talk while the faults happen one after the other; then everything is compared."""
    one, two, listener, first = party
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.talk())
        tasks.create_task(two.talk())
        await one.until_acked(20)
        for fault in faults:
            await asyncio.to_thread(fault)
            await one.until_acked(20)
            await two.until_acked(20)
        one.done.set()
        two.done.set()
    acked = one.acked | two.acked
    last = max(acked.values())
    await listener.wait_for_seq(last)
    shown = listener.payloads("message:created")
    assert listener.seqs() == list(range(first + 1, first + 1 + len(listener.seqs())))
    by_id = {payload["op_id"]: payload["seq"] for payload in shown}
    assert len(by_id) == len(shown)
    assert {client_id: by_id.get(client_id) for client_id in acked} == acked
    assert set(by_id) == set(acked)
    return one, two


async def test_redis_killed_and_back(
    party: tuple[Talker, Talker, HubClient, int], servers_to_kill: KillableServers
) -> None:
    redis = servers_to_kill.redis
    one, two = await run_through(party, [redis.kill, redis.start, redis.kill, redis.start])
    assert one.refused | two.refused == set()


async def test_postgres_killed_and_back(
    party: tuple[Talker, Talker, HubClient, int], servers_to_kill: KillableServers
) -> None:
    postgres = servers_to_kill.postgres

    def restart() -> None:
        postgres.kill()
        postgres.start()

    one, two = await run_through(party, [restart, restart, restart])
    assert one.refused | two.refused <= {"UNAVAILABLE"}

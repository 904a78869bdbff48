"""What one POST may carry, and one answer to a poll."""

import base64

import pytest
import socketio
from aiohttp import ClientSession

from hub.engine import Limits, event
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.poller import Poller


@pytest.mark.parametrize("sort", ["text", "binary"])
async def test_each_packet_of_a_post_has_the_bound_of_a_message(
    make_hub: MakeHub, http: ClientSession, sort: str
) -> None:
    hub = await make_hub(limits=Limits(message_bytes=1_000))
    poller = Poller(http, hub)
    await poller.connect()

    def packet(size: int) -> str:
        if sort == "text":
            return f'42["{"x" * (size - 6)}"]'
        return "b" + base64.b64encode(b"x" * size).decode()

    assert await poller.push(packet(1_000)) == "ok"
    assert hub.gone.empty()
    assert "Bad request" in await poller.push(packet(1_001))
    assert await hub.next_gone() == "too_big"


def people(hub: Hub, http: ClientSession, user_agent: str) -> Poller:
    http.headers["User-Agent"] = user_agent
    return Poller(http, hub)


@pytest.mark.parametrize("user_agent", ["Python/3.11 aiohttp/3.14.5", "python-requests/2.32.5"])
async def test_python_s_client_gets_as_many_packets_at_once_as_it_takes(
    hub: Hub, http: ClientSession, user_agent: str
) -> None:
    poller = people(hub, http, user_agent)
    await poller.connect()
    for number in range(40):
        hub.engine.broadcast("all", event("n", number))

    answers = [await poller.poll() for _ in range(3)]

    assert [len(answer) for answer in answers] == [16, 16, 8]
    said = [packet for answer in answers for packet in answer]
    assert said == [f'42["n",{number}]' for number in range(40)]


async def test_python_s_client_keeps_polling_in_a_storm(hub: Hub) -> None:
    async with socketio.AsyncSimpleClient() as client:
        await client.connect(f"http://127.0.0.1:{hub.port}", transports=["polling"])
        for number in range(100):
            hub.engine.broadcast("all", event("n", number))

        assert [await client.receive(timeout=5) for _ in range(100)] == [
            ["n", number] for number in range(100)
        ]


async def test_others_get_all_at_once(hub: Hub, http: ClientSession) -> None:
    poller = people(hub, http, "Mozilla/5.0")
    await poller.connect()
    for number in range(40):
        hub.engine.broadcast("all", event("n", number))

    assert len(await poller.poll()) == 40


async def test_an_answer_has_a_bound_in_bytes_or_one_packet(hub: Hub, http: ClientSession) -> None:
    poller = people(hub, http, "Mozilla/5.0")
    await poller.connect()
    for size in (300_000, 100_000, 100_000, 100_000, 10):
        hub.engine.broadcast("all", event("n", "x" * size))

    answers = [[len(packet) for packet in await poller.poll()] for _ in range(3)]

    assert answers == [[300_010], [100_010, 100_010], [100_010, 20]]


async def test_what_waits_for_the_next_poll_counts_as_unsent(
    make_hub: MakeHub, http: ClientSession
) -> None:
    hub = await make_hub(limits=Limits(unsent_bytes=10_000, congested_bytes=9_000))
    poller = people(hub, http, "Python/3.11")
    await poller.connect()
    (session,) = hub.engine.sessions.values()
    for number in range(40):
        hub.engine.broadcast("all", event("n", number, "x" * 180))
    await poller.poll()

    assert 24 * 190 <= session.unsent_bytes <= 24 * 200
    for number in range(60):
        hub.engine.broadcast("all", event("n", number, "x" * 180))
    assert await hub.next_gone() == "slow_consumer"

"""The Python client on real nodes: on both transports, through losses, with the hub's time."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.nodes import OpenNode, People
from veza_client import Clock, Closed, Connection, Follower, Refused

WITHIN_S = 10.0


@pytest.mark.parametrize("polling", [False, True])
async def test_calls_are_answered_and_events_heard_on_either_transport(
    open_one: OpenNode, people: People, polling: bool
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    heard: list[str] = []
    connection = Connection(lambda name, _payload: heard.append(name))
    async with asyncio.timeout(WITHIN_S), aiohttp.ClientSession() as http:
        await connection.open(http, node.url, {"token": token}, polling=polling)
        room = (await connection.call("room:create", {"name": "Kitchen"}))["data"]
        ack = await connection.call("stream:subscribe", {"stream": f"room:{room['id']}"})
        assert ack["ok"]
        said = {"room_id": room["id"], "client_id": room["id"], "content": "hello"}
        assert (await connection.call("message:create", said))["ok"]
        await eventually(lambda: "message:created" in heard)
        assert heard[0] == "hello"
        (session,) = node.node.sessions
        assert session.link.transport == ("polling" if polling else "websocket")
        await connection.leave()
        await eventually(lambda: not len(node.node.sessions))


async def test_who_is_refused_is_told_why(open_one: OpenNode) -> None:
    node = await open_one()
    connection = Connection(lambda _name, _payload: None)
    async with asyncio.timeout(WITHIN_S), aiohttp.ClientSession() as http:
        with pytest.raises(Refused) as refused:
            await connection.open(http, node.url, {"token": "nonsense"})
        assert refused.value.said["data"]["code"] == "UNAUTHENTICATED"
        assert connection.closed.is_set()
        with pytest.raises(Closed):
            await connection.call("room:list")


async def test_nobody_at_the_address_is_an_end(open_one: OpenNode) -> None:
    connection = Connection(lambda _name, _payload: None)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Closed):
            await connection.open(http, "http://127.0.0.1:9", {"token": "x"})


async def test_an_ack_is_taken_before_what_came_behind_it(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    order: list[str] = []
    connection = Connection(lambda name, _payload: order.append(name))
    async with asyncio.timeout(WITHIN_S), aiohttp.ClientSession() as http:
        await connection.open(http, node.url, {"token": token})
        room_id = (await connection.call("room:create", {"name": "K"}))["data"]["id"]
        stream = {"stream": f"room:{room_id}"}
        said = {"room_id": room_id, "client_id": room_id, "content": "hello"}
        await connection.call("stream:subscribe", stream, lambda _ack: order.append("ack"))
        assert (await connection.call("message:create", said))["ok"]
        await eventually(lambda: "message:created" in order)
        assert order.index("ack") < order.index("message:created")
        await connection.leave()


async def test_a_call_that_is_cut_off_ends(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        ada.connection.transport.pause_reading()
        waiting = asyncio.create_task(ada.connection.call("room:list", {"scope": "mine"}))
        await asyncio.sleep(0)
        await ada.connection.close()
        with pytest.raises(Closed):
            await waiting


class Reader(Follower):
    """Keeps what was said."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.said: list[str] = []
        self.snapshots = 0

    def start_over(self, snapshot: Mapping[str, Any]) -> None:
        self.snapshots += 1
        self.said = [message["content"] for message in snapshot["chat"]["messages"]]

    def take(self, name: str, event: Mapping[str, Any]) -> None:
        if name == "message:created":
            self.said.append(event["data"]["content"])


async def test_a_follower_misses_nothing_while_it_is_away(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    _, token = await people.sign_in("ada")
    async with connected(one.url, token) as ada:
        room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
        await ada.say(room_id, "before")
        reader = Reader(0, token, room_id, [one.url, two.url])
        living = asyncio.create_task(reader.live())
        async with asyncio.timeout(WITHIN_S):
            await reader.is_up.wait()
        wanted = ["before"]
        for number in range(3):
            assert reader.connection is not None
            await reader.connection.close()
            ack = await ada.say(room_id, f"while away {number}")
            wanted.append(f"while away {number}")
            await reader.until(ack["seq"], WITHIN_S)
        assert reader.said == wanted
        assert reader.snapshots == 1
        assert await reader.ok("room:get", {"room_id": room_id})
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def test_the_clock_knows_the_hubs_time(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    clock = Clock()
    async with connected(node.url, token) as ada:
        keeping = asyncio.create_task(clock.keep(ada.connection))
        await eventually(lambda: clock.is_known, WITHIN_S)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    # One machine: the hub's clock is the wall's.
    assert abs(clock.hub_ms(time.monotonic()) - time.time() * 1000) < 50


async def test_a_client_that_was_never_let_in_may_be_closed() -> None:
    client = HubClient()
    await client.close()
    assert not client.is_connected

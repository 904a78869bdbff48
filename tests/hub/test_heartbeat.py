"""Pings faster than one a second, through a whole node: who answers stays, who does not is gone."""

import asyncio
from itertools import pairwise

import aiohttp
import orjson

from tests.client import connected
from tests.hub.engine.wire import upgrade
from tests.nodes import OpenNode, People

PING_S = (0.4, 0.3)
POLLING = "/socket.io/?EIO=4&transport=polling"


async def test_a_client_of_the_library_stays_and_is_served(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one(ping_s=PING_S)
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        loop = asyncio.get_running_loop()
        until_s = loop.time() + 6 * sum(PING_S)
        said = 0
        while loop.time() < until_s:
            ack = await ada.say(room["id"], "still here")
            said = ack["seq"]
            await asyncio.sleep(0.1)  # a life of some seconds, not a wait for something
        await ada.wait_for_seq(said)
        assert len(node.node.sessions) == 1


async def test_pings_come_at_their_interval_and_silence_ends_it(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one(ping_s=PING_S)
    port = int(node.url.rpartition(":")[2])
    _, token = await people.sign_in("ada")
    wire = await upgrade(port, "/socket.io/?EIO=4&transport=websocket")
    first = await wire.message()
    assert isinstance(first, str)
    opened = orjson.loads(first[1:])
    assert (opened["pingInterval"], opened["pingTimeout"]) == (400, 300)

    await wire.connect(f'{{"token":"{token}"}}')
    assert (await wire.event())[0] == "hello"
    loop = asyncio.get_running_loop()
    pinged_s: list[float] = []
    while len(pinged_s) < 4:
        assert await wire.message() == "2"
        pinged_s.append(loop.time())
        wire.text("3")
    gaps_s = [after - before for before, after in pairwise(pinged_s)]
    assert all(0.2 < gap_s < 1.5 for gap_s in gaps_s), gaps_s

    assert await wire.message() == "2"
    silent_s = loop.time()
    await wire.closed()
    assert 0.2 < loop.time() - silent_s < 2
    async with asyncio.timeout(5):
        while len(node.node.sessions):
            await asyncio.sleep(0)
    wire.writer.close()


async def test_polling_is_pinged_and_ended_the_same_way(open_one: OpenNode) -> None:
    node = await open_one(ping_s=PING_S)
    async with aiohttp.ClientSession(node.url) as http, asyncio.timeout(10):
        async with http.get(POLLING) as response:
            sid = orjson.loads((await response.text())[1:])["sid"]
        path = f"{POLLING}&sid={sid}"
        for _ in range(3):
            async with http.get(path) as response:
                assert await response.text() == "2"
            async with http.post(path, data="3") as response:
                assert response.status == 200
        async with http.get(path) as response:
            assert await response.text() == "2"
        async with http.get(path) as response:  # nobody has answered that one
            assert response.status == 200
        async with http.get(path) as response:
            assert response.status == 400

"""Pings faster than one a second, through a whole node: who answers stays, who does not is gone."""

import asyncio
from functools import partial
from itertools import pairwise

import aiohttp
import orjson

from tests.client import connected
from tests.eventually import eventually
from tests.hub.engine.wire import Wire, upgrade
from tests.hub.presence.fold import online
from tests.nodes import OpenNode, People

PING_S = (0.4, 0.3)
POLLING = "/socket.io/?EIO=4&transport=polling"
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"


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
            await asyncio.sleep(0.1)  # pace: of talk, over a life of some seconds
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
    await eventually(lambda: not len(node.node.sessions), 5)
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


async def test_who_is_silent_is_not_shown_for_long(open_one: OpenNode, people: People) -> None:
    node = await open_one(ping_s=PING_S)
    port = int(node.url.rpartition(":")[2])
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    cat_user, cat_token = await people.sign_in("cat")
    async with connected(node.url, ada_token) as ada, asyncio.TaskGroup() as tasks:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        stream = {"stream": f"room:{room['id']}"}
        for user in (bob_user, cat_user):
            await ada.ok("member:add", {"room_id": room["id"], "user_id": user.user_id})
        await ada.ok("stream:subscribe", stream)
        bob = await upgrade(port, WEBSOCKET)
        bob.text(f'40{{"token":"{bob_token}"}}')
        answering = tasks.create_task(answer(bob, "stream:subscribe", stream))
        async with connected(node.url, cat_token) as cat:
            await cat.ok("stream:subscribe", stream)
            for user in (bob_user, cat_user):
                await ada.wait_until(partial(online, ada, user.user_id))
            answering.cancel()
            await asyncio.wait([answering])
            async with asyncio.timeout(10):
                await bob.reader.read()  # to the end that the hub makes
        await ada.wait_until(lambda: not online(ada, bob_user.user_id))
        assert online(ada, cat_user.user_id), "who has just hung up may only reload"
        bob.writer.close()


async def answer(wire: Wire, name: str, payload: object) -> None:
    """Answers pings, and asks for this once it is let in."""
    while True:
        message = await wire.message()
        if message == "2":
            wire.text("3")
        elif str(message).startswith("40"):
            wire.emit(name, payload, ack_id=1)

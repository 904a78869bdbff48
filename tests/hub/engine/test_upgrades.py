"""From long-polling to WebSocket: nothing lost, and the end told by whichever is left."""

import asyncio

from aiohttp import ClientSession

from hub.engine import Limits, event
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.poller import Poller
from tests.hub.engine.wire import Wire, until, upgrade


async def test_a_client_says_goodbye_while_it_polls(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    waiting = asyncio.create_task(poller.poll())
    await until(lambda: hub.engine.sessions[poller.params["sid"]].poll_waiting)

    assert await poller.push("1") == "ok"

    assert await waiting == ["6"]
    assert await hub.next_gone() == "client close"
    assert await poller.status() == 400


async def test_what_may_not_come_back_is_told_so_at_its_next_poll(hub: Hub, poller: Poller) -> None:
    await poller.connect()

    hub.links[0].close("banned")

    assert await poller.poll() == ["41"]
    assert await poller.poll() == ["1"]
    assert await poller.status() == 400
    assert await hub.next_gone() == "banned"


async def test_a_session_that_ends_while_it_upgrades_says_so_by_polling(
    hub: Hub, poller: Poller
) -> None:
    await poller.connect()
    async with await probe(hub, poller) as wire:
        hub.links[0].close("draining")

        assert await poller.poll() == ["1"]
        wire.text("5")
        assert (await wire.closed()).code == 1002


async def test_a_session_that_ends_when_polling_has_stopped_says_so_by_websocket(
    hub: Hub, poller: Poller
) -> None:
    await poller.connect()
    async with await probe(hub, poller) as wire:
        hub.links[0].close("banned")
        wire.text("5")

        assert await wire.message() == "41"
        closed = await wire.closed()
        assert (closed.code, closed.reason) == (4003, "banned")
    assert await poller.status() == 400


async def probe(hub: Hub, poller: Poller) -> Wire:
    sid = poller.params["sid"]
    wire = await upgrade(hub.port, f"/socket.io/?EIO=4&transport=websocket&sid={sid}")
    wire.text("2probe")
    assert await wire.message() == "3probe"
    return wire


async def test_an_upgrade_loses_and_reorders_nothing(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    waiting = asyncio.create_task(poller.poll())
    await until(lambda: hub.engine.sessions[poller.params["sid"]].poll_waiting)
    got: list[str] = []

    async with await probe(hub, poller) as wire:
        for number in range(5):
            hub.engine.broadcast("all", event("news", number))
        got += await waiting
        hub.engine.broadcast("all", event("news", 5))
        await asyncio.sleep(0)
        assert await poller.poll() == ["6"]
        wire.text("5")
        hub.engine.broadcast("all", event("news", 6))
        wire.text('42["publish","all",7]')
        while not got[-1].endswith(",7]"):
            got.append(str(await wire.message()))

        assert await poller.status() == 400
    numbers = [int(packet[-2]) for packet in got if packet != "6"]
    assert numbers == [0, 1, 2, 3, 4, 5, 6, 7]


async def test_a_failed_upgrade_leaves_polling_as_it_was(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    async with await probe(hub, poller) as wire:
        hub.engine.broadcast("all", event("news", 1))
        wire.text("4nonsense")
        assert (await wire.closed()).code == 1002

    assert await poller.poll() == ['42["news",1]']


async def test_an_upgrade_that_never_ends_is_given_up(
    make_hub: MakeHub, http: ClientSession
) -> None:
    hub = await make_hub(limits=Limits(upgrade_within_s=0.1))
    poller = Poller(http, hub)
    await poller.connect()
    async with await probe(hub, poller) as wire:
        assert (await wire.closed()).code == 1002

    hub.engine.broadcast("all", event("news", 1))
    assert await poller.poll() == ['42["news",1]']


async def test_a_session_has_one_websocket(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    async with await probe(hub, poller) as wire:
        wire.text("5")
        target = f"/socket.io/?EIO=4&transport=websocket&sid={poller.params['sid']}"
        second = await upgrade(hub.port, target)

        assert (await second.closed()).code == 1008
        second.writer.close()
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]

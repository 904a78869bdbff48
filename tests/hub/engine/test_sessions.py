"""Sessions over both transports: heartbeat, their end, and whom they belong to."""

import asyncio
import ipaddress
import time

from aiohttp import ClientSession

from hub.engine import Accept, Handlers, Link, event
from hub.engine.frames import PING, PONG
from tests.hub.engine.conftest import Hub, MakeHub, running_hub
from tests.hub.engine.poller import Poller
from tests.hub.engine.wire import masked, open_wire


async def test_pings_are_sent_and_silence_ends_the_session(make_hub: MakeHub) -> None:
    hub = await make_hub(ping_interval_s=0.1, ping_timeout_s=0.1)
    async with await hub.wire() as wire:
        for _ in range(3):
            assert await wire.message() == "2"
            wire.text("3")
        assert await wire.message() == "2"

        assert (await wire.closed()).code == 1001
    assert await hub.next_gone() == "ping timeout"


async def test_websocket_pings_are_answered(hub: Hub) -> None:
    async with await hub.wire() as wire:
        wire.raw(masked(PING, b"are you there"))

        assert await wire.frame() == (PONG, b"are you there")


async def test_a_drop_is_noticed_at_once(hub: Hub) -> None:
    wire = await hub.wire()
    wire.writer.transport.abort()

    assert await hub.next_gone() == "transport close"
    assert hub.engine.sessions == {}
    assert hub.engine.delivery.members("all") == []


async def test_closing_says_why(hub: Hub) -> None:
    async with await hub.wire() as wire:
        hub.links[0].send(event("last", "words"))
        hub.links[0].close("token_revoked")

        assert await wire.event() == ["last", "words"]
        assert await wire.message() == "41"
        closed = await wire.closed()
        assert (closed.code, closed.reason) == (4001, "token_revoked")
    assert await hub.next_gone() == "token_revoked"


async def test_an_engine_that_ends_waits_for_its_handlers() -> None:
    told: list[str] = []

    async def on_disconnect(link: Link, reason: str) -> None:
        await asyncio.sleep(0)
        told.append(reason)

    handlers = Handlers(lambda *_: Accept(), lambda *_: None, on_disconnect)
    async with running_hub(namespaces={"/": handlers}) as hub:
        wires = [await hub.wire() for _ in range(3)]

    assert told == ["draining"] * 3
    for wire in wires:
        wire.writer.close()


async def test_draining_lets_clients_come_back(hub: Hub) -> None:
    wires = [await hub.wire() for _ in range(20)]
    started_s = time.monotonic()

    await hub.engine.close_all("draining", over_s=0.2)

    assert time.monotonic() - started_s > 0.1
    for wire in wires:
        closed = await wire.closed()
        assert (closed.code, closed.reason) == (1012, "draining")
        wire.writer.close()


async def test_a_link_in_a_namespace_of_its_own_leaves_alone(hub: Hub) -> None:
    async with await hub.wire() as wire:
        await wire.connect(namespace="/other,")
        hub.links[1].leave()

        assert await wire.message() == "41/other,"
        assert await hub.next_gone() == "server disconnect"
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]


async def test_a_session_belongs_to_the_address_that_opened_it(
    make_hub: MakeHub, http: ClientSession
) -> None:
    hub = await make_hub(trusted_proxies=[ipaddress.ip_network("127.0.0.0/8")])
    poller = Poller(http, hub)
    http.headers["X-Forwarded-For"] = "198.51.100.7"
    await poller.connect()
    assert hub.links[0].address == "198.51.100.7"

    http.headers["X-Forwarded-For"] = "203.0.113.9"
    assert await poller.status() == 400


async def test_idle_sessions_have_no_task(hub: Hub) -> None:
    before = len(asyncio.all_tasks())
    wires = [await open_wire(hub.port) for _ in range(20)]
    for wire in wires:
        await wire.connect()

    assert len(asyncio.all_tasks()) == before
    for wire in wires:
        wire.writer.close()

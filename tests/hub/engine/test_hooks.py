"""What we lean on inside the pinned libraries. A failure here names what an upgrade has broken."""

import asyncio
import inspect
from importlib.metadata import version

import engineio
import pytest
from aiohttp import web
from engineio import packet as eio
from engineio.async_socket import AsyncSocket
from engineio.base_socket import BaseSocket
from engineio.payload import Payload

from hub.engine.hooks import EngineIO
from hub.engine.session import Session
from tests.hub.engine.conftest import Hub


def test_the_versions_are_the_ones_we_know() -> None:
    assert version("python-engineio") == "4.15.1"
    assert version("python-socketio") == "5.18.1"


async def never(request: web.Request) -> web.Response:
    raise AssertionError(request)


def test_the_server_keeps_its_sessions_in_a_dict_by_sid() -> None:
    assert EngineIO(never, 25, 20).sockets == {}


async def test_attach_routes_to_our_handler() -> None:
    app = web.Application()
    server = EngineIO(never, 25, 20)
    server.attach(app, "/socket.io/")

    paths = {route.resource.canonical for route in app.router.routes() if route.resource}
    assert paths == {"/socket.io/"}
    assert type(server).handle_request is not engineio.AsyncServer.handle_request


def test_a_socket_has_the_attributes_we_stand_in_for() -> None:
    made = BaseSocket(EngineIO(never, 25, 20), "sid")
    known = {"server", "sid", "queue", "last_ping", "session"}
    flags = {"connected", "upgrading", "upgraded", "closing", "closed"}

    assert set(vars(made)) == known | flags
    for flag in flags:
        assert hasattr(Session, flag)


@pytest.mark.parametrize("name", ["poll", "send", "close", "schedule_ping", "check_ping_timeout"])
def test_a_socket_has_the_methods_we_replace(name: str) -> None:
    theirs, ours = getattr(AsyncSocket, name), getattr(Session, name)

    assert ours is not theirs
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


async def test_a_poll_drains_the_queue_and_none_ends_it() -> None:
    socket = AsyncSocket(EngineIO(never, 25, 20), "sid")
    socket.queue = asyncio.Queue()
    packets = [eio.Packet(eio.MESSAGE, "a"), eio.Packet(eio.MESSAGE, "b")]
    for item in (*packets, None):
        socket.queue.put_nowait(item)

    assert await socket.poll() == packets
    assert await socket.poll() == []


def test_packets_are_encoded_as_we_expect() -> None:
    packets = [eio.Packet(eio.MESSAGE, "a"), eio.Packet(eio.MESSAGE, b"\0"), eio.Packet(eio.NOOP)]

    assert Payload(packets=packets).encode() == "4a\x1ebAA==\x1e6"


async def test_the_library_can_send_to_and_close_our_sessions(hub: Hub) -> None:
    async with await hub.wire() as wire:
        await hub.engine.eio.send(wire.sid, "2" + '["from","the library"]')
        assert await wire.event() == ["from", "the library"]
        assert hub.engine.eio.transport(wire.sid) == "websocket"

        await hub.engine.eio.disconnect(wire.sid)
        assert (await wire.closed()).code == 1000
    assert await hub.next_gone() == "server disconnect"

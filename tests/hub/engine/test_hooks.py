"""What we lean on inside the pinned libraries. A failure here names what an upgrade has broken."""

import asyncio
import inspect
import re
from importlib.metadata import version
from pathlib import Path

import engineio
import pytest
from aiohttp import web
from engineio import packet as eio
from engineio.async_socket import AsyncSocket
from engineio.base_socket import BaseSocket
from engineio.payload import Payload

import hub
from hub.engine import hooks
from hub.engine.hooks import EngineIO
from hub.engine.session import Session
from tests.hub.engine.conftest import Hub


def test_the_versions_are_the_ones_we_know() -> None:
    assert version("python-engineio") == "4.15.1"
    assert version("python-socketio") == "5.18.1"


@pytest.mark.parametrize(
    ("library", "keeper"), [("engineio", {"hooks", "library"}), ("socketio", {"library"})]
)
def test_nothing_else_takes_from_the_libraries(library: str, keeper: set[str]) -> None:
    root = Path(next(iter(hub.__path__)))
    taking = re.compile(rf"^\s*(import|from) {library}\b", re.MULTILINE)

    assert {path.stem for path in root.rglob("*.py") if taking.search(path.read_text())} == keeper


def test_packets_have_the_types_we_name() -> None:
    types = (hooks.CLOSE, hooks.PING, hooks.MESSAGE, hooks.NOOP)

    assert types == (1, 2, 4, 6)
    assert [hooks.Packet(kind).encode() for kind in types] == ["1", "2", "4", "6"]
    assert hooks.Packet(hooks.MESSAGE, b"\0").encode() == b"\0"


async def test_a_poll_that_gets_nothing_in_time_raises() -> None:
    socket = AsyncSocket(EngineIO(never, 0.01, 0.01), "sid")
    socket.queue = asyncio.Queue()

    with pytest.raises(hooks.QueueEmpty):
        await socket.poll()


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

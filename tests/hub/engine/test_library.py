"""python-socketio's own interface on the engine, and what of its inside we lean on."""

import asyncio
import inspect
from typing import Any

import pytest
import socketio

from hub.engine import Handlers
from hub.engine.library import EngineRooms, SocketIO
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.wire import Wire, open_wire, until


@pytest.fixture
async def library(make_hub: MakeHub) -> tuple[Hub, SocketIO]:
    namespaces: dict[str, Handlers] = {}
    hub = await make_hub(namespaces=namespaces)
    sio = SocketIO(hub.engine)
    namespaces["/"] = sio.handlers_of("/")
    return hub, sio


async def connected(hub: Hub, auth: str = "") -> tuple[Wire, str]:
    wire = await open_wire(hub.port)
    answer = await wire.connect(auth)
    return wire, answer["sid"]


async def test_handlers_written_for_the_library_run(library: tuple[Hub, SocketIO]) -> None:
    hub, sio = library
    seen: list[Any] = []

    @sio.event  # type: ignore[untyped-decorator]
    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
        seen.append(("connect", environ["REMOTE_ADDR"], auth))

    @sio.event  # type: ignore[untyped-decorator]
    async def add(sid: str, a: int, b: int) -> int:
        return a + b

    @sio.event  # type: ignore[untyped-decorator]
    def disconnect(sid: str, reason: str) -> None:
        seen.append(("disconnect", reason))
        hub.gone.put_nowait(reason)

    wire, _ = await connected(hub, '{"token":"t"}')
    wire.emit("add", 1, 2, ack_id=5)
    assert await wire.ack(5) == 3
    wire.writer.close()

    await hub.next_gone()
    assert seen == [("connect", "127.0.0.1", {"token": "t"}), ("disconnect", "transport close")]


async def test_a_handler_may_refuse(library: tuple[Hub, SocketIO]) -> None:
    hub, sio = library

    @sio.event  # type: ignore[untyped-decorator]
    def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
        raise socketio.exceptions.ConnectionRefusedError("not today")

    async with await open_wire(hub.port) as wire:
        wire.text("40")
        assert await wire.message() == ('44{"message":"not today","data":{"message":"not today"}}')


async def test_emit_reaches_rooms_and_skips_who_it_should(library: tuple[Hub, SocketIO]) -> None:
    hub, sio = library
    (a, a_sid), (b, b_sid), (c, c_sid) = [await connected(hub) for _ in range(3)]
    for sid in (a_sid, b_sid):
        await sio.enter_room(sid, "lobby")
    await sio.enter_room(c_sid, "bar")

    await sio.emit("n", 1, room="lobby", skip_sid=a_sid)
    await sio.emit("n", 2, room=["lobby", "bar"])
    await sio.emit("n", (3, "x"), to=a_sid)
    await sio.leave_room(b_sid, "lobby")
    await sio.emit("n", 4, room="lobby")
    await sio.emit("n", 5)

    assert [await a.event() for _ in range(4)] == [["n", 2], ["n", 3, "x"], ["n", 4], ["n", 5]]
    assert [await b.event() for _ in range(3)] == [["n", 1], ["n", 2], ["n", 5]]
    assert [await c.event() for _ in range(2)] == [["n", 2], ["n", 5]]
    assert sorted(sio.rooms(a_sid)) == sorted([a_sid, "lobby"])
    for wire in (a, b, c):
        wire.writer.close()


async def test_call_waits_for_the_clients_answer(library: tuple[Hub, SocketIO]) -> None:
    hub, sio = library
    wire, sid = await connected(hub)

    asking = asyncio.create_task(sio.call("sum", (1, 2), to=sid, timeout=5))
    assert await wire.message() == '421["sum",1,2]'
    wire.text("431[3]")

    assert await asking == 3
    wire.writer.close()


async def test_sessions_and_disconnect(library: tuple[Hub, SocketIO]) -> None:
    hub, sio = library
    wire, sid = await connected(hub)

    await sio.save_session(sid, {"user": "ada"})
    assert await sio.get_session(sid) == {"user": "ada"}
    assert sio.transport(sid) == "websocket"
    await sio.disconnect(sid)

    assert await wire.message() == "41"
    await until(lambda: not sio.manager.is_connected(sid, "/"))
    wire.writer.close()


@pytest.mark.parametrize(
    "name",
    [
        "emit",
        "get_participants",
        "is_connected",
        "eio_sid_from_sid",
        "get_rooms",
        "basic_enter_room",
        "basic_leave_room",
    ],
)
def test_the_managers_methods_are_called_as_we_expect(name: str) -> None:
    theirs = list(inspect.signature(getattr(socketio.AsyncManager, name)).parameters)
    ours = list(inspect.signature(getattr(EngineRooms, name)).parameters)

    assert ours[: len(theirs) - (name == "emit")] == theirs[: len(theirs) - (name == "emit")]


@pytest.mark.parametrize("name", ["_engineio_server_class", "_trigger_event", "get_environ"])
def test_the_server_still_has_what_we_hook(name: str) -> None:
    assert callable(getattr(socketio.AsyncServer, name))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("_generate_ack_id", ["self", "sid", "callback"]), ("trigger_callback", None)],
)
def test_the_manager_still_keeps_what_an_emit_waits_for(
    name: str, parameters: list[str] | None
) -> None:
    method = getattr(socketio.AsyncManager, name)

    assert callable(method)
    if parameters is not None:
        assert list(inspect.signature(method).parameters) == parameters
    assert socketio.AsyncManager().callbacks == {}


async def test_the_server_still_has_the_attributes_we_hook(
    library: tuple[Hub, SocketIO],
) -> None:
    _, sio = library

    assert sio.environ == {}
    assert sio.manager_initialized
    assert sio.not_handled is not None

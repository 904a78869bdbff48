"""15, 29, 30: how long a node waits for what a client owes it, with the values of production."""

import asyncio
import contextlib
import time

import aiohttp
import orjson

from tests.hub.engine.wire import Closed, Wire, open_wire
from tests.hub.hostile.conftest import Target

POLLING = "/socket.io/?EIO=4&transport=polling"


async def test_the_deadlines_of_a_handshake(target: Target) -> None:
    """15, 29, 30 with the values of production, side by side; 5 s and 10 s, not much later."""
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        no_connect = tasks.create_task(_closed_after(await open_wire(target.port)))
        refused = tasks.create_task(_closed_after(await _refused(target)))
        polling = tasks.create_task(_polling_ends_after(http, target))
        silent = tasks.create_task(_cut_after(target, b""))
        half = tasks.create_task(_cut_after(target, b"GET /healthz HTTP/1.1\r\nHost: x\r\n"))
        trickle = tasks.create_task(_cut_after(target, b"GET", b" /healthz HTTP"))
        parts = tasks.create_task(_parts_never_come(target))

    for took_s, end in (no_connect.result(), refused.result()):
        assert (end.code, 5 <= took_s < 6.5) == (4009, True), took_s
    assert 5 <= polling.result() < 6.5
    for task in (silent, half, trickle):
        assert 10 <= task.result() < 12
    assert 10 <= parts.result() < 12


async def _refused(target: Target) -> Wire:
    """A socket with a bad token, which stays without a namespace."""
    wire = await open_wire(target.port)
    wire.text('40{"token":"nonsense"}')
    message = await wire.message()
    assert isinstance(message, str)
    assert message.startswith("44")
    return wire


async def _closed_after(wire: Wire) -> tuple[float, Closed]:
    began_s = time.monotonic()
    async with asyncio.timeout(20):
        while True:
            try:
                message = await wire.message()
            except TimeoutError:
                continue
            except Closed as end:
                wire.writer.close()
                return time.monotonic() - began_s, end
            assert message == "2"


async def _polling_ends_after(http: aiohttp.ClientSession, target: Target) -> float:
    url = f"{target.running.url}{POLLING}"
    async with http.get(url) as response:
        sid = orjson.loads((await response.text())[1:])["sid"]
    began_s = time.monotonic()
    # A ping may come first; a client that polls on without a CONNECT is ended all the same.
    answer = "2"
    while answer == "2":
        async with http.get(f"{url}&sid={sid}") as response:
            assert response.status == 200
            answer = await response.text()
    assert answer == "1"
    took_s = time.monotonic() - began_s
    async with http.get(f"{url}&sid={sid}") as response:
        assert response.status == 400
    return took_s


async def _cut_after(target: Target, *pieces: bytes) -> float:
    """How long a connection lives that never sends a whole head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    began_s = time.monotonic()
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(1)  # pace: of a client that dribbles
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.close()
    return time.monotonic() - began_s


async def _parts_never_come(target: Target) -> float:
    async with await target.connected() as wire:
        began_s = time.monotonic()
        wire.text('451-["x",{"_placeholder":true,"num":0}]')
        async with asyncio.timeout(20):
            while True:
                try:
                    assert (await wire.event())[0] == "error"
                except TimeoutError:
                    continue
                break
        took_s = time.monotonic() - began_s
        wire.emit("clock:ping", {"t0": 1.0}, ack_id=1)
        assert (await wire.ack(1))["ok"]
        return took_s

"""25-32, 40: what stands between a TCP connection and a socket that may speak."""

import asyncio

import aiohttp
import pytest

from hub.door.door import SOCKETS_PER_USER
from tests.eventually import eventually
from tests.hub.engine.wire import open_wire, upgrade_request
from tests.hub.hostile.conftest import Target, say_hello

ENGINE = "/socket.io/?EIO=4&transport="


async def test_connecting_again_and_again_ends_the_session(target: Target) -> None:
    """25."""
    _, token = await target.someone()
    async with await target.connected(token) as wire:
        for _ in range(5):
            wire.text("41")
            wire.text(f'40{{"token":"{token}"}}')

        assert (await wire.closed()).code == 4008
    await _all_gone(target)


async def test_a_second_connect_is_refused(target: Target) -> None:
    """26."""
    async with await target.connected() as wire:
        wire.text("40{}")

        assert await wire.message() == '44{"message":"Already connected"}'
        await wire.still_there()


async def test_an_unknown_namespace_is_refused_with_a_message(target: Target) -> None:
    """27."""
    async with await target.connected() as wire:
        wire.text("40/admin,{}")

        assert await wire.message() == '44/admin,{"message":"Invalid namespace"}'
        await wire.still_there()


async def test_an_event_before_connect_ends_the_session(target: Target) -> None:
    """28."""
    async with await open_wire(target.port) as wire:
        wire.emit("clock:ping", {"t0": 1.0}, ack_id=1)

        assert (await wire.closed()).code == 1008


@pytest.mark.parametrize(
    ("target_path", "status"),
    [
        ("/socket.io/?EIO=3&transport=polling", 400),
        ("/socket.io/?EIO=4&transport=carrier-pigeon", 400),
        ("/socket.io/?EIO=4", 400),
        ("/socket.io/?transport=polling", 400),
        ("/socket.io/?EIO=4&transport=polling&sid=nobody", 400),
        ("/socket.io/?EIO=4&transport=polling&j=0", 400),
        ("/socket.io/?EIO=4&transport=websocket", 400),
    ],
)
async def test_what_opens_no_session(target: Target, target_path: str, status: int) -> None:
    """31, 32."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{target.running.url}{target_path}") as response,
    ):
        assert response.status == status
        assert set(await response.json()) == {"code", "message"}


@pytest.mark.parametrize("sid", ["nobody", "%00", "x" * 4_000])
async def test_a_foreign_session_has_no_websocket(target: Target, sid: str) -> None:
    """32."""
    assert await _status(target, f"{ENGINE}websocket&sid={sid}") == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("null", 403),
        ("https://evil.example", 403),
        ("https://127.0.0.1.evil.example", 403),
        ("", 101),
    ],
)
async def test_pages_of_other_sites_open_nothing(target: Target, origin: str, status: int) -> None:
    """70: a program, which names no origin, is let in (protocol, section 0)."""
    path = f"{ENGINE}websocket"
    assert await _status(target, path, Origin=origin) == status
    if origin:
        forged = {"Origin": origin, "X_Forwarded_Host": origin.partition("://")[2] or "null"}
        assert await _status(target, path, **forged) == status


async def test_a_user_has_so_many_sockets_and_the_oldest_goes(target: Target) -> None:
    """40: with a word that keeps it away, or the two would push each other out for ever."""
    actor, token = await target.someone()
    wires = [await target.connected(token) for _ in range(SOCKETS_PER_USER)]
    other = await target.connected()

    wires.append(await target.connected(token))

    assert await wires[0].event() == ["auth:revoked", {"reason": "too_many_sockets"}]
    assert await wires[0].message() == "41"
    end = await wires[0].closed()
    assert (end.code, end.reason) == (4008, "too_many_sockets")
    for wire in (*wires[1:], other):
        await wire.still_there()
    assert len(target.running.node.sessions.of_user(actor.user_id)) == SOCKETS_PER_USER
    for wire in (*wires, other):
        wire.writer.close()


async def test_an_address_has_so_many_sessions_and_the_oldest_goes(target: Target) -> None:
    """40: 200 sockets of as many users as they like."""
    tokens = [(await target.someone(f"m{n}"))[1] for n in range(11)]
    wires = [await target.connected(tokens[n % 11]) for n in range(200)]

    wires.append(await target.connected(tokens[0]))

    end = await wires[0].closed()
    assert (end.code, end.reason) == (4008, "rate_limited")
    for wire in (wires[1], wires[199], wires[200]):
        await wire.still_there()
    for wire in wires:
        wire.writer.close()


async def _status(target: Target, path: str, **headers: str) -> int:
    """What an upgrade request is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    writer.write(upgrade_request(path, **headers))
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    return int(line.split(b" ")[1])


async def _all_gone(target: Target) -> None:
    await eventually(lambda: not len(target.running.node.sessions), 5)


async def test_hello_names_the_limits(target: Target) -> None:
    _, token = await target.someone()
    async with await open_wire(target.port) as wire:
        hello = await say_hello(wire, token)
    assert hello["limits"]["event_bytes"] == 65_536
    assert hello["limits"]["message:create"] == [5, 5]

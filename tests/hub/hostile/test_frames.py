"""1-5, 13, 38: bytes that are no WebSocket message of ours."""

import asyncio

import pytest

from tests.hub.engine.wire import upgrade_request
from tests.hub.hostile.conftest import Target
from tests.hub.hostile.inputs import CUTS


@pytest.mark.parametrize("name", CUTS)
async def test_attacks_end_the_connection_with_a_close_code(target: Target, name: str) -> None:
    attack, code = CUTS[name]
    async with await target.connected() as wire:
        attack(wire)

        assert (await wire.closed()).code == code


async def test_compression_is_not_negotiated(target: Target) -> None:
    """3."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    offer = "permessage-deflate; client_max_window_bits"
    path = "/socket.io/?EIO=4&transport=websocket"
    writer.write(upgrade_request(path, Sec_WebSocket_Extensions=offer))

    response = await reader.readuntil(b"\r\n\r\n")

    assert response.startswith(b"HTTP/1.1 101 ")
    assert b"extensions" not in response.lower()
    writer.close()


async def test_others_notice_nothing(target: Target) -> None:
    """All of them at once beside somebody who works."""
    async with await target.connected() as canary:
        _, token = await target.someone()
        attackers = [await target.connected(token) for _ in CUTS]
        for attacker, (attack, _) in zip(attackers, CUTS.values(), strict=True):
            attack(attacker)
        ends = await asyncio.gather(*(attacker.closed() for attacker in attackers))

        assert [end.code for end in ends] == [code for _, code in CUTS.values()]
        canary.emit("clock:ping", {"t0": 1.0}, ack_id=1)
        assert (await canary.ack(1))["ok"]
        for attacker in attackers:
            attacker.writer.close()

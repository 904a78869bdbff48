"""Clients that stop reading: what do they cost the node, and what do the others notice?"""

import asyncio
import itertools
import socket
import time
import uuid
from contextlib import suppress
from typing import Any

import aiohttp
import psutil
from msgspec import Struct

from tests.faults.harness.accounts import sign_in
from tests.faults.harness.checks import Violation
from tests.faults.harness.stage import Stage, WebNode, open_stage
from veza_client import Closed, Connection

RECEIVE_BUFFER_BYTES = 4_096
"""What the kernel keeps for a reader is not the hub's; so it keeps little."""
TEXT = "x" * 3_900
TALKERS = 6
GROWTH_BYTES = 150 * 2**20
"""P11, for 100 readers; asked here of fewer by their share, and what traffic itself takes."""
TRAFFIC_BYTES = 40 * 2**20
UNSENT_BYTES = 1_048_576 + 262_144


class Slowness(Struct, frozen=True):
    """What was measured."""

    readers: int
    messages: int
    bytes_each: int
    """What each reader was sent, or would have been."""
    growth_bytes: int
    """Of the node's memory, at its highest."""
    still_open: int
    """Readers whom the node has not cut at the end."""
    others_p99_ms: float
    """From sending to being heard by one who reads."""


async def measure_slow(readers: int, seconds: float, mutant: str | None = None) -> Slowness:
    """Readers on one node stop reading while others talk there."""
    async with open_stage(mutant=mutant, nodes=1) as stage:
        return await _measure(stage, stage.nodes[0], readers, seconds)


def check_slow(measured: Slowness) -> list[Violation]:
    """P11: nobody holds more than his bound, and whoever does not read is cut."""
    found = []
    allowed = TRAFFIC_BYTES + measured.readers * UNSENT_BYTES
    if measured.growth_bytes > min(GROWTH_BYTES, allowed):
        found.append(Violation("memory grows", f"{measured.growth_bytes / 2**20:.0f} MiB"))
    if measured.still_open and measured.bytes_each > 2 * UNSENT_BYTES:
        found.append(Violation("slow and not cut", f"{measured.still_open} readers"))
    return found


async def _measure(stage: Stage, node: WebNode, readers: int, seconds: float) -> Slowness:
    signed_in = await sign_in(stage, readers + TALKERS)
    connector = aiohttp.TCPConnector(force_close=True, limit=0, socket_factory=_small_socket)
    heard_ms: list[float] = []
    sent_s: dict[str, float] = {}

    def hear(_event: str, payload: dict[str, Any]) -> None:
        at_s = sent_s.get(str(payload.get("op_id")))
        if at_s is not None:
            heard_ms.append(1000 * (time.monotonic() - at_s))

    async with (
        aiohttp.ClientSession(connector=connector) as small,
        aiohttp.ClientSession() as normal,
    ):
        talkers = [Connection(hear if number == 0 else _ignore) for number in range(TALKERS)]
        for wire, (_, token) in zip(talkers, signed_in, strict=False):
            await wire.open(normal, node.url, {"token": token})
        room = (await talkers[0].call("room:create", {"name": "Loud"}))["data"]["id"]
        for wire in talkers[1:]:
            await wire.call("room:join", {"room_id": room})
        await talkers[0].call("stream:subscribe", {"stream": f"room:{room}"})
        slow = [Connection(_ignore) for _ in range(readers)]
        for wire, (_, token) in zip(slow, signed_in[TALKERS:], strict=True):
            await wire.open(small, node.url, {"token": token})
            await wire.call("stream:subscribe", {"stream": f"room:{room}"})
        before_bytes = node.rss_bytes()
        for wire in slow:
            wire.stop_reading()
        until_s = time.monotonic() + seconds
        count = itertools.count()
        watching = asyncio.create_task(_highest(node, until_s))
        await asyncio.gather(*(_talk(wire, room, until_s, sent_s, count) for wire in talkers))
        highest_bytes = await watching
        open_sockets = _established(node)
        for wire in talkers:
            await wire.close()
    heard_ms.sort()
    messages = next(count)
    return Slowness(
        readers=readers,
        messages=messages,
        bytes_each=messages * len(TEXT),
        growth_bytes=highest_bytes - before_bytes,
        still_open=max(0, open_sockets - TALKERS),
        others_p99_ms=round(heard_ms[int(0.99 * (len(heard_ms) - 1))], 1) if heard_ms else 0.0,
    )


async def _talk(
    wire: Connection,
    room: str,
    until_s: float,
    sent_s: dict[str, float],
    count: "itertools.count[int]",
) -> None:
    while time.monotonic() < until_s:
        op = str(uuid.uuid4())
        sent_s[op] = time.monotonic()
        with suppress(Closed):
            await wire.call("message:create", {"room_id": room, "client_id": op, "content": TEXT})
            next(count)


async def _highest(node: WebNode, until_s: float) -> int:
    highest = 0
    while time.monotonic() < until_s:
        highest = max(highest, node.rss_bytes())
        await asyncio.sleep(0.05)  # pace: of looking
    return highest


def _established(node: WebNode) -> int:
    """Connections of clients that the node holds."""
    if node.pid is None:
        return 0
    connections = psutil.Process(node.pid).net_connections("tcp")
    return sum(
        each.status == psutil.CONN_ESTABLISHED and each.laddr.port == node.port
        for each in connections
    )


def _small_socket(address: Any) -> socket.socket:
    made = socket.socket(address[0], address[1], address[2])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    return made


def _ignore(_event: str, _payload: dict[str, Any]) -> None:
    """Nobody listens."""

"""36, 37: clients that do not read. The node's memory stays, and others notice nothing (P11).

`python -m loadtests slow_readers` asks the same with 300 of them for two minutes.
"""

import asyncio
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from loadtests.slow.reader import SlowReader
from tests.client import connected
from tests.nodes import People
from tests.serving import Served, serving

pytestmark = pytest.mark.timeout(120)

CONTENT = "語" * 4_000
"""12,000 bytes a message."""
MESSAGES = 170
"""2 MB, twice what may wait for one client."""
SILENT, SIPPING, FLOODING = 24, 8, 8
STOPPED = 4
AT_ONCE = 10


@pytest.fixture
async def node(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(database_url, redis_url, tmp_path, LIMITS="off") as served:
        yield served


async def test_slow_readers_are_cut_and_come_back_without_loss(
    node: Served, people: People
) -> None:
    _, ada_token = await people.sign_in("ada")
    _, bob_token = await people.sign_in("bob")
    slow_token = (await people.sign_in("slow"))[1]
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        followed = await bob.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        slow = [
            await SlowReader.open(node.port, slow_token, room["id"])
            for _ in range(SILENT + SIPPING + FLOODING)
        ]
        await _talk(ada, room["id"], 60)  # what the floods ask for
        before = node.resident_bytes()
        async with asyncio.TaskGroup() as tasks:
            for reader in slow[SILENT : SILENT + SIPPING]:
                tasks.create_task(reader.sip())
            for reader in slow[SILENT + SIPPING :]:
                tasks.create_task(reader.flood(room["id"]))
            last = await _talk(ada, room["id"], MESSAGES)
            grown_bytes = node.resident_bytes() - before
            await bob.wait_for_seq(last)

        assert bob.seqs() == list(range(followed["seq"] + 1, last + 1))
        assert grown_bytes < 40 * 1024 * 1024, grown_bytes
        cut = [await reader.rest() for reader in slow]
        assert all(len(found) < 2_000_000 for found in cut)
        assert await _metric(node, "veza_hub_slow_consumers_total") == len(slow)

        known = {"epoch": followed["epoch"], "seq": followed["seq"]}
        async with connected(node.url, slow_token) as back:
            assert await _catch_up(back, room["id"], known) == list(
                range(followed["seq"] + 1, last + 1)
            )
        for reader in slow:
            reader.close()


async def test_a_stopped_client_is_cut_and_hears_so_when_it_wakes(
    node: Served, people: People
) -> None:
    """SIGSTOP: a laptop that was closed, a tab that was frozen. Others read on meanwhile."""
    _, ada_token = await people.sign_in("ada")
    _, bob_token = await people.sign_in("bob")
    slow_token = (await people.sign_in("slow"))[1]
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(connected(node.url, ada_token))
        bob = await stack.enter_async_context(connected(node.url, bob_token))
        room = await ada.ok("room:create", {"name": "Kitchen"})
        followed = await bob.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        asleep = [
            await stack.enter_async_context(_attentive(node.port, slow_token, room["id"]))
            for _ in range(STOPPED)
        ]
        await _talk(ada, room["id"], 5)
        before = node.resident_bytes()
        for process in asleep:
            process.send_signal(signal.SIGSTOP)
        last = await _talk(ada, room["id"], MESSAGES)
        await bob.wait_for_seq(last)

        assert bob.seqs() == list(range(followed["seq"] + 1, last + 1))
        assert node.resident_bytes() - before < 24 * 1024 * 1024
        assert await _metric(node, "veza_hub_slow_consumers_total") == STOPPED
        for process in asleep:
            process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(20):
            read = [int((await process.communicate())[0]) for process in asleep]
        assert all(5 * 12_000 < found < 2_000_000 for found in read), read


@asynccontextmanager
async def _attentive(
    port: int, token: str, room_id: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A client in a process of its own, once it follows the room."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.hub.hostile.attentive",
        str(port),
        token,
        room_id,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"following\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _talk(ada: Any, room_id: str, count: int) -> int:
    """Says so much, some at a time, so that nobody is silent for long; the seq of the last."""
    seq = 0
    for first in range(0, count, AT_ONCE):
        acks = await asyncio.gather(
            *(
                ada.say(room_id, CONTENT, str(uuid.uuid4()))
                for _ in range(first, min(first + AT_ONCE, count))
            )
        )
        assert all(ack["ok"] for ack in acks), acks
        seq = max(ack["seq"] for ack in acks)
    return seq


async def _catch_up(client: Any, room_id: str, since: dict[str, Any]) -> list[int]:
    """The seqs of all pages."""
    seqs: list[int] = []
    while True:
        subscribe = {"stream": f"room:{room_id}", "since": since}
        found = await client.ok("stream:subscribe", subscribe)
        assert found["recovered"]
        assert sum(len(orjson.dumps(event)) for event in found["events"]) < 300_000
        seqs += [event["seq"] for event in found["events"]]
        since = {"epoch": found["epoch"], "seq": found["seq"]}
        if not found["more"]:
            return seqs


async def _metric(node: Served, name: str) -> float:
    async with aiohttp.ClientSession() as http, http.get(f"{node.url}/metrics") as response:
        lines = (await response.text()).splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])

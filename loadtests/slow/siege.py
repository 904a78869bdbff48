"""A node with healthy members and with many who do not read: the run itself."""

import asyncio
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import psutil

from loadtests.crowd import Crowd
from loadtests.question import Scenario
from loadtests.rolling.rolls import settled, until_talking
from loadtests.rolling.talker import Talker
from loadtests.rolling.toll import toll
from loadtests.servers import hub
from loadtests.slow.reader import SlowReader
from loadtests.stage import Stage
from veza_client import Connection

SLOW = "slow"
"""Mode of the scenarios with members who do not read."""
KINDS = 4
"""Silent, blindly answering pings, reading 1 KB a second, never reading acks: a quarter each. A
stopped process is a silent one: its kernel says all is well until it is full."""
CONTENT = "All is well here. " * 220
"""Some 4,000 characters."""
SAMPLE_S = 0.25


class _Cpu:
    """What a process costs for each ack."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    async def spent(self, talkers: Sequence[Talker], seconds: float) -> tuple[list[float], float]:
        """How long acks took within the next so many seconds, sorted; and us of CPU for each."""
        before = self._process.cpu_times()
        answered_s = await _latencies(talkers, seconds)
        after = self._process.cpu_times()
        used_s = after.user + after.system - before.user - before.system
        return answered_s, 1e6 * used_s / max(1, len(answered_s))


class _Memory:
    """The most that a process has grown by since `start`."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._first_kb = self._now_kb()
        self.grown_kb = 0

    async def watch(self) -> None:
        """Looks again and again until cancelled."""
        while True:
            self.grown_kb = max(self.grown_kb, self._now_kb() - self._first_kb)
            await asyncio.sleep(SAMPLE_S)

    def _now_kb(self) -> int:
        lines = self._status.read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])


def run_slow(stage: Stage, scenario: Scenario, crowd: Crowd) -> dict[str, float]:
    """Figures of one run: the `healthy` alone, then beside the others, `seconds` each."""
    with ExitStack() as stack:
        running = stack.enter_context(hub(stage, 1, crowd.rooms))
        return asyncio.run(_run(stage, running.ports[0], running.pids[0], scenario, crowd))


async def _run(
    stage: Stage, port: int, pid: int, scenario: Scenario, crowd: Crowd
) -> dict[str, float]:
    """`slow` are the members beyond option `healthy`."""
    seconds, healthy = scenario.options["seconds"], int(scenario.options["healthy"])
    pause_s = healthy / scenario.options["rate"]
    [room_id] = crowd.rooms
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http, asyncio.TaskGroup() as tasks:
        talkers = [
            Talker(
                http,
                [f"http://127.0.0.1:{port}"],
                person.token,
                room_id,
                pause_s=pause_s,
                content=CONTENT,
            )
            for person in crowd.people[:healthy]
        ]
        running = [tasks.create_task(talker.run()) for talker in talkers]
        await until_talking(talkers)
        cpu = _Cpu(pid)
        alone, alone_us = await cpu.spent(talkers, seconds)
        slow = [
            await SlowReader.open(port, person.token, room_id) for person in crowd.people[healthy:]
        ]
        since = talkers[0].since
        assert since is not None
        memory = _Memory(pid)
        running.append(tasks.create_task(memory.watch()))
        running += [
            tasks.create_task(_be_slow(reader, number % KINDS, room_id))
            for number, reader in enumerate(slow)
        ]
        beside, beside_us = await cpu.spent(talkers, seconds)
        cut = _slow_consumers(port)
        for talker in talkers:
            talker.silent.set()
        logs = await settled(stage.database_url, talkers)
        for reader in slow:
            reader.close()
        lost = 0
        for person in crowd.people[healthy :: max(1, len(slow) // 20)]:
            lost += await _lost(http, port, person.token, room_id, since, logs[room_id])
        for task in running:
            task.cancel()
    figures: dict[str, float] = msgspec.to_builtins(toll(talkers, logs))
    figures["lost"] += figures["lost_acks"] + lost
    return figures | {
        "p50_ms": beside[len(beside) // 2] * 1000,
        "p99_ms": beside[int(len(beside) * 0.99)] * 1000,
        "alone_p99_ms": alone[int(len(alone) * 0.99)] * 1000,
        "cpu_us": beside_us,
        "alone_cpu_us": alone_us,
        "grown_mb": memory.grown_kb / 1024,
        "cut": cut,
        "still_there": len(slow) - cut,
    }


async def _latencies(talkers: Sequence[Talker], seconds: float) -> list[float]:
    """How long acks took within the next so many seconds, sorted."""
    for talker in talkers:
        talker.answered_s.clear()
    await asyncio.sleep(seconds)
    return sorted(took_s for talker in talkers for took_s in talker.answered_s)


async def _be_slow(reader: SlowReader, kind: int, room_id: str) -> None:
    if kind == 1:
        await reader.answer_blindly()
    elif kind == 2:
        await reader.sip()
    elif kind == 3:
        await reader.flood(room_id)


async def _lost(
    http: aiohttp.ClientSession,
    port: int,
    token: str,
    room_id: str,
    since: dict[str, Any],
    log: Mapping[str, int],
) -> int:
    """Events that somebody who comes back does not get, or not in their place."""
    seqs: list[int] = []
    expected = range(since["seq"] + 1, max(log.values()) + 1)
    connection = Connection(lambda _event, _payload: None)
    await connection.open(http, f"http://127.0.0.1:{port}", {"token": token})
    more = True
    while more:
        call = {"stream": f"room:{room_id}", "since": since}
        found = (await connection.call("stream:subscribe", call))["data"]
        seqs += [event["seq"] for event in found["events"]]
        since = {"epoch": found["epoch"], "seq": found["seq"]}
        more = found["more"]
    await connection.close()
    return len(set(expected) ^ set(seqs)) + (len(seqs) - len(set(seqs)))


def _slow_consumers(port: int) -> int:
    """How many the node says that it has cut."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
        lines = response.read().decode().splitlines()
    name = "veza_hub_slow_consumers_total "
    return int(float(next(line for line in lines if line.startswith(name)).split()[1]))

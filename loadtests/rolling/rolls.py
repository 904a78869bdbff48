"""Restarts of a whole fleet, node by node, under load: the run itself."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

import aiohttp
import asyncpg
import msgspec

from loadtests.crowd import Crowd
from loadtests.question import Scenario
from loadtests.rolling.talker import Talker
from loadtests.rolling.toll import toll
from loadtests.servers import ready_over_http
from loadtests.stage import READY_WITHIN_S, Stage
from storage import embedded

ROLLING = "rolling"
"""Mode of the scenarios that restart what they measure."""
EXIT_WITHIN_S = 15.0
SETTLE_WITHIN_S = 30.0
POLLING_SHARE = 10
"""Every so manieth member comes by long-polling."""


class Fleet:
    """Hub nodes at addresses that stay the same."""

    def __init__(self, stage: Stage, nodes: int) -> None:
        self._stage = stage
        self.ports = [embedded.free_port() for _ in range(nodes)]
        self._stacks: dict[int, ExitStack] = {}
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def urls(self) -> list[str]:
        """Where clients go."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def start(self, port: int) -> None:
        """A node on this port; returns when it is ready."""
        stack = self._stacks[port] = ExitStack()
        argv = [sys.executable, "-m", "hub", "serve", "--port", str(port)]
        environment = self._stage.environment()
        process = stack.enter_context(self._stage.process(f"hub-{port}", argv, environment))
        embedded.wait_until(lambda: ready_over_http(port), process, READY_WITHIN_S)
        self._processes[port] = process

    def replace(self, port: int) -> float:
        """Ends the node of this port with SIGTERM and starts another; how long the old one took."""
        process = self._processes[port]
        began_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(EXIT_WITHIN_S)
        took_s = time.monotonic() - began_s
        self._stacks.pop(port).close()
        self.start(port)
        return took_s

    def end(self) -> None:
        """Ends what still runs."""
        for stack in self._stacks.values():
            stack.close()


def run_rolling(stage: Stage, scenario: Scenario, crowd: Crowd) -> dict[str, float]:
    """Figures of one run.

    Option `rolls` is how often each node is replaced, `rate` the messages a second of all together.
    """
    fleet = Fleet(stage, scenario.nodes)
    try:
        for port in fleet.ports:
            fleet.start(port)
        return asyncio.run(_run(stage, fleet, scenario, crowd))
    finally:
        fleet.end()


async def _run(stage: Stage, fleet: Fleet, scenario: Scenario, crowd: Crowd) -> dict[str, float]:
    pause_s = len(crowd.people) / scenario.options["rate"]
    exits_s: list[float] = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http, asyncio.TaskGroup() as tasks:
        talkers = [
            Talker(
                http,
                fleet.urls,
                person.token,
                crowd.rooms[number // scenario.members],
                pause_s=pause_s,
                polling=number % POLLING_SHARE == 0,
            )
            for number, person in enumerate(crowd.people)
        ]
        running = [tasks.create_task(talker.run()) for talker in talkers]
        await until_talking(talkers)
        began_s = time.monotonic()
        for _ in range(int(scenario.options["rolls"])):
            for port in fleet.ports:
                exits_s.append(await asyncio.to_thread(fleet.replace, port))
                await until_talking(talkers)
        took_s = time.monotonic() - began_s
        for talker in talkers:
            talker.silent.set()
        logs = await settled(stage.database_url, talkers)
        for task in running:
            task.cancel()
    found = toll(talkers, logs)
    figures: dict[str, float] = msgspec.to_builtins(found)
    figures["lost"] = found.lost + found.lost_acks
    figures["acked_per_s"] = found.acked / took_s
    figures["restarts"] = len(exits_s)
    figures["moved"] = sum(len(talker.gaps_s) for talker in talkers)
    figures["exit_s"] = max(exits_s)
    return figures


async def until_talking(talkers: Sequence[Talker]) -> None:
    """Until everybody has been answered once more: nobody is left behind by a restart."""
    before = [len(talker.acked) for talker in talkers]
    async with asyncio.timeout(SETTLE_WITHIN_S):
        await _until(lambda: all(len(t.acked) > n for t, n in zip(talkers, before, strict=True)))


async def settled(database_url: str, talkers: Sequence[Talker]) -> Mapping[str, Mapping[str, int]]:
    """By room, the seq of each message, once everybody has heard the last one."""
    logs: dict[str, dict[str, int]] = {talker.room_id: {} for talker in talkers}
    async with asyncio.timeout(SETTLE_WITHIN_S):
        await _until(lambda: all(talker.idle for talker in talkers))
        connection = await asyncpg.connect(database_url)
        query = (
            "SELECT room_id::text, client_id::text, seq FROM messages"
            " WHERE room_id = ANY($1::uuid[])"
        )
        for room_id, client_id, seq in await connection.fetch(query, list(logs)):
            logs[room_id][client_id] = seq
        await connection.close()
        await _until(lambda: all(max(logs[t.room_id].values()) in t.seqs for t in talkers))
    return logs


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 -- it looks at many talkers
        await asyncio.sleep(0.05)

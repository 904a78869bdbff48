"""Does what the schedule says, and heals it again."""

import asyncio
import os
import resource
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import asyncpg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.faults.harness.edges import break_edge
from tests.faults.harness.history import History
from tests.faults.harness.schedule import Fault
from tests.faults.harness.stage import Stage, WebNode
from tests.interrupts import in_thread

DRAIN_WITHIN_S = 15.0
BREATH_S = {"postgres": 2.5}
"""Time between two faults of a group in which recovery can be seen."""
UP_AGAIN_S = 0.2
ENDS_WITHIN_S = 0.2
"""Within this a server that cannot go on has ended."""
FILE_BYTES = 1_048_576
_BACKENDS = """
SELECT pid FROM pg_stat_activity
WHERE backend_type = 'client backend' AND application_name LIKE 'veza%' ORDER BY pid
"""


class Nemesis:
    """Breaks things on a stage."""

    def __init__(self, stage: Stage, history: History, rooms: Sequence[str]) -> None:
        self._stage = stage
        self._history = history
        self._rooms = rooms
        self.done: dict[str, int] = {}
        """How often each kind was injected."""
        self.drained_s: list[float] = []
        """How long each node took to end after SIGTERM."""
        self._busy: dict[str, asyncio.Lock] = {}
        self._kinds = self._of_processes() | self._of_postgres() | self._of_redis()

    async def run(self, faults: Sequence[Fault]) -> None:
        """Injects all at their times; returns when the last has been healed."""
        began_s = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            for fault in faults:
                now_s = asyncio.get_running_loop().time()
                await asyncio.sleep(began_s + fault.at_s - now_s)  # pace: of the schedule
                tasks.create_task(self._inject(fault))

    async def heal(self) -> None:
        """Everything runs and passes again."""
        self._stage.heal()
        for server in (self._stage.postgres, self._stage.redis):
            if not server.runs:
                await in_thread(server.start)
        await asyncio.gather(*(self._up(node) for node in self._stage.nodes))

    async def _inject(self, fault: Fault) -> None:
        """One after the other of each group: a server may take its time to come back."""
        async with self._busy.setdefault(fault.group, asyncio.Lock()):
            await self._inject_now(fault)
            await asyncio.sleep(BREATH_S.get(fault.group, 0.5))  # pace: of the schedule

    async def _inject_now(self, fault: Fault) -> None:
        name = f"{fault.kind} ({fault.target})"
        self._history.note("fault", kind=fault.kind, node=fault.target, begins=True, why=name)
        self.done[fault.kind] = self.done.get(fault.kind, 0) + 1
        try:
            inject = self._kinds.get(fault.kind) or self._on_edge
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, redis.RedisError):
                await inject(fault)
        finally:
            self._history.note("fault", kind=fault.kind, node=fault.target, why=name)

    @staticmethod
    async def _lasts(fault: Fault) -> None:
        await asyncio.sleep(fault.lasts_s)  # pace: of the schedule

    # -- processes --------------------------------------------------------------------------------

    def _of_processes(self) -> dict[str, Callable[[Fault], Awaitable[None]]]:
        stage = self._stage
        return {
            "node kill -9": self._node_killed,
            "node SIGSTOP": self._node_frozen,
            "node SIGTERM": lambda fault: self._drain(stage.nodes[fault.target]),
            "nodes restarted in turn": self._nodes_in_turn,
        }

    async def _node_killed(self, fault: Fault) -> None:
        node = self._stage.nodes[fault.target]
        node.kill()
        await self._lasts(fault)
        await self._up(node)

    async def _node_frozen(self, fault: Fault) -> None:
        node = self._stage.nodes[fault.target]
        node.send(signal.SIGSTOP)
        try:
            await self._lasts(fault)
        finally:
            node.send(signal.SIGCONT)

    async def _nodes_in_turn(self, _fault: Fault) -> None:
        for node in self._stage.nodes:
            await self._drain(node)

    async def _drain(self, node: WebNode) -> None:
        if node.pid is None:
            return
        self._history.note("drain", node=node.number, begins=True)
        node.send(signal.SIGTERM)
        self.drained_s.append(await node.wait_ended(DRAIN_WITHIN_S))
        self._history.note("drain", node=node.number)
        await self._up(node)

    async def _up(self, node: WebNode) -> None:
        if node.pid is None:
            node.start()
        with suppress(RuntimeError):
            await node.wait_ready()
        if node.pid is None:  # its servers were away while it began
            await asyncio.sleep(UP_AGAIN_S)  # pace: of starting what does not stay up
            await self._up(node)

    # -- PostgreSQL -------------------------------------------------------------------------------

    def _of_postgres(self) -> dict[str, Callable[[Fault], Awaitable[None]]]:
        server = self._stage.postgres

        async def killed(fault: Fault) -> None:
            await asyncio.to_thread(server.kill)
            await self._lasts(fault)
            await in_thread(server.start)
            self._history.note("back", why="postgres")

        async def restarted(fault: Fault) -> None:
            await asyncio.to_thread(server.stop)
            await self._lasts(fault)
            await in_thread(server.start)
            self._history.note("back", why="postgres")

        async def frozen(fault: Fault) -> None:
            pids = server.family()
            _signal_all(pids, signal.SIGSTOP)
            try:
                await self._lasts(fault)
            finally:
                _signal_all(pids, signal.SIGCONT)

        return {
            "postgres kill -9": killed,
            "postgres restart": restarted,
            "postgres SIGSTOP": frozen,
            "postgres backend kill -9": self._backend_killed,
            "postgres backend SIGSTOP": self._backend_frozen,
            "postgres backends terminated": lambda _: self._on_all("pg_terminate_backend"),
            "postgres queries cancelled": lambda _: self._on_all("pg_cancel_backend"),
            "postgres room row locked": self._row_locked,
            "postgres disk refuses": self._disk_refuses,
        }

    async def _backends(self) -> list[int]:
        connection = await asyncpg.connect(self._stage.database_url, timeout=2)
        try:
            return [row["pid"] for row in await connection.fetch(_BACKENDS)]
        finally:
            await connection.close()

    async def _backend_killed(self, fault: Fault) -> None:
        pids = await self._backends()
        if pids:
            _signal_all([pids[fault.target % len(pids)]], signal.SIGKILL)

    async def _backend_frozen(self, fault: Fault) -> None:
        pids = await self._backends()
        chosen = pids[fault.target :: len(self._stage.nodes)]
        _signal_all(chosen, signal.SIGSTOP)
        try:
            await self._lasts(fault)
        finally:
            _signal_all(chosen, signal.SIGCONT)

    async def _on_all(self, function: str) -> None:
        connection = await asyncpg.connect(self._stage.database_url, timeout=2)
        try:
            await connection.execute(
                f"SELECT {function}(pid) FROM pg_stat_activity WHERE application_name LIKE 'veza%'"  # noqa: S608 -- one of two names above
            )
        finally:
            await connection.close()

    async def _row_locked(self, fault: Fault) -> None:
        connection = await asyncpg.connect(self._stage.database_url, timeout=2)
        try:
            async with connection.transaction():
                await connection.execute(
                    "SELECT FROM streams WHERE id = ANY($1::uuid[]) FOR UPDATE", list(self._rooms)
                )
                await self._lasts(fault)
        finally:
            await connection.close()

    async def _disk_refuses(self, fault: Fault) -> None:
        """Nothing can be written past the first MB of any file: what a full disk says."""
        limited = []
        for pid in self._stage.postgres.family():
            with suppress(ProcessLookupError, PermissionError):
                before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (FILE_BYTES, before[1]))
                limited.append((pid, before))
        await self._lasts(fault)
        for pid, before in limited:
            with suppress(ProcessLookupError, PermissionError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        # WAL that cannot be written makes the server end itself; a person starts it again. Whether
        # it does is a matter of what was under way, so that there is nothing to be waited for.
        await asyncio.sleep(ENDS_WITHIN_S)  # pace: of the schedule
        if self._stage.postgres.has_ended():
            await in_thread(self._stage.postgres.start)
        self._history.note("back", why="postgres")

    # -- Redis ------------------------------------------------------------------------------------

    def _of_redis(self) -> dict[str, Callable[[Fault], Awaitable[None]]]:
        server = self._stage.redis

        async def killed(fault: Fault) -> None:
            await asyncio.to_thread(server.kill)
            await self._lasts(fault)
            await in_thread(server.start)

        async def frozen(fault: Fault) -> None:
            server.pause()
            try:
                await self._lasts(fault)
            finally:
                server.resume()

        async def small(fault: Fault) -> None:
            await self._ask_redis("CONFIG", "SET", "maxmemory", "1mb")
            await self._lasts(fault)
            await self._ask_redis("CONFIG", "SET", "maxmemory", "512mb")

        return {
            "redis kill -9": killed,
            "redis SIGSTOP": frozen,
            "redis FLUSHALL": lambda _: self._ask_redis("FLUSHALL"),
            "redis CLIENT KILL pubsub": lambda _: self._ask_redis(
                "CLIENT", "KILL", "TYPE", "pubsub"
            ),
            "redis CLIENT KILL normal": lambda _: self._ask_redis(
                "CLIENT", "KILL", "TYPE", "normal"
            ),
            "redis CLIENT PAUSE": lambda fault: self._ask_redis(
                "CLIENT", "PAUSE", str(int(fault.lasts_s * 1000)), "ALL"
            ),
            "redis maxmemory 1 MB": small,
        }

    async def _ask_redis(self, *words: str) -> None:
        def ask() -> None:
            with redis.Redis.from_url(
                self._stage.redis_url, retry=Retry(NoBackoff(), 0), socket_timeout=4
            ) as client:
                client.execute_command(*words)

        await asyncio.to_thread(ask)

    # -- edges ------------------------------------------------------------------------------------

    async def _on_edge(self, fault: Fault) -> None:
        edge, _, how = fault.kind.rpartition(" ")
        node = self._stage.nodes[fault.target]
        proxy = {
            "node to postgres": node.database,
            "node to redis": node.redis,
            "client to node": node.people,
        }[edge]
        break_edge(proxy, how)
        try:
            await self._lasts(fault)
        finally:
            proxy.heal()
            if how in ("half-open", "silent"):
                proxy.reset()  # what was swallowed cannot be had again


def _signal_all(pids: Sequence[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)

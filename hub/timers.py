"""Runs the commands of the future when they are due, through the same loop as all commands.

Every node looks; a claim keeps two from running one command, and the timer's id as op_id keeps one
that was claimed twice from happening twice.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec

from hub.metrics import TIMERS_RUN
from rooms.errors import HubError, Unavailable
from rooms.feature import Actor, Feature
from rooms.ids import SYSTEM_USER_ID
from storage import timers
from storage.backends import Pool
from storage.commit import Committer
from storage.postgres import answering
from storage.timers import Due

log = logging.getLogger(__name__)

LOOK_S = 0.2
"""Longest wait between two looks: another node may have set a timer that is due sooner."""
TAKEN_S = 0.02
"""After another node was quicker with all that is due."""
AFTER_ERROR_S = 0.5

SYSTEM = Actor(SYSTEM_USER_ID, "hub", "Hub", is_system=True)

There = Callable[[str], Awaitable[tuple[str, ...]]]
"""`await there(room_id)`: who is in a room, wherever his socket is."""


class Timers:
    """The loop that runs due commands. Open it with `open_timers`."""

    def __init__(
        self, pool: Pool, features: Sequence[Feature], committer: Committer, there: There
    ) -> None:
        self._pool = pool
        self._committer = committer
        self._there = there
        self._payloads = {
            name: command.payload
            for feature in features
            for name, command in feature.commands.items()
        }

    async def run(self) -> None:
        """Looks and runs for ever; owned by `open_timers`."""
        while True:
            try:
                with answering():
                    wait_s = await self._run_due()
            except Unavailable:  # PostgreSQL is away: the same again when it is back
                log.warning("timers.look_failed", extra={"error": "Unavailable"})
                wait_s = AFTER_ERROR_S
            except Exception:  # the loop that must live
                log.exception("timers.look_failed")
                wait_s = AFTER_ERROR_S
            await asyncio.sleep(wait_s)

    async def _run_due(self) -> float:
        """Runs what is due; returns how long to wait, in s."""
        now_ms = time.time_ns() // 1_000_000
        at_ms = await timers.next_at_ms(self._pool, now_ms)
        if at_ms is None or at_ms > now_ms:
            return LOOK_S if at_ms is None else min(LOOK_S, (at_ms - now_ms) / 1000)
        due = await timers.claim_due(self._pool, now_ms)
        await asyncio.gather(*(self._run_one(one) for one in due))
        return 0.0 if due else TAKEN_S

    async def _run_one(self, due: Due) -> None:
        try:
            await self._committer.submit(
                due.command,
                msgspec.json.decode(due.payload, type=self._payloads[due.command]),
                room_id=due.room_id,
                actor=SYSTEM,
                op_id=due.id,
                present=await self._there(due.room_id),
            )
        except Unavailable:
            return  # the claim runs out and somebody tries again
        except HubError as error:
            # The room moved on: a paused track has no end any more.
            log.info("timers.refused", extra={"command": due.command, "code": error.code})
        TIMERS_RUN.labels(due.command).inc()
        await timers.forget(self._pool, due)


@asynccontextmanager
async def open_timers(runner: Timers) -> AsyncIterator[Timers]:
    """Runs timers while the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(runner.run(), name="timers")
        try:
            yield runner
        finally:
            task.cancel()

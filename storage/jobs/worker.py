"""A worker of background jobs: as many at a time as it was told, until it is stopped.

A worker claims a job for a lease and keeps renewing
it; when the worker dies, the lease runs out and another one takes the job up. Every claim is
counted, so a job that kills its workers ends as failed, too. What runs is at least once: a handler
must do no harm when its work was done already.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from weakref import WeakSet

from pgqueuer.domain import models
from pgqueuer.domain.types import JOB_STATUS

from rooms.errors import Unavailable
from storage.backends import Pool
from storage.jobs.claims import Claims
from storage.jobs.job import Job, JobKind
from storage.postgres import answering

log = logging.getLogger(__name__)

LEASE_MS = 30_000
"""How long a silent worker keeps a job; a restart of PostgreSQL takes less."""
MAX_CLAIMS = 3
BACKOFF_MS = (2_000, 10_000)
"""Wait before the second and the third try of a job that failed."""
AWAY_MS = 5_000
"""Wait after `Unavailable`: not the job's fault, so such a try is not counted."""
POLL_MS = 5_000
"""A worker looks at least this often; as a rule PostgreSQL's NOTIFY wakes it at once."""
DRAIN_MS = 3_000
"""How long running jobs may go on after `stop`; then they go back to the queue, uncounted."""

_CHANNEL = "ch_pgqueuer"


async def run_jobs(
    pool: Pool,
    kinds: Mapping[str, JobKind],
    *,
    concurrency: int,
    stop: asyncio.Event,
    lease_ms: int = LEASE_MS,
    backoff_ms: tuple[int, ...] = BACKOFF_MS,
    drain_ms: int = DRAIN_MS,
    away_ms: int = AWAY_MS,
) -> None:
    """Work off jobs of `kinds`, `concurrency` at a time, until `stop` is set.

    Outlives PostgreSQL: while it is away nothing is claimed, and running jobs go on.
    """
    worker = _Worker(pool, kinds, concurrency, lease_ms, backoff_ms, away_ms)
    async with asyncio.TaskGroup() as tasks:
        aids = [tasks.create_task(worker.listen()), tasks.create_task(worker.renew_leases())]
        try:
            await worker.claim_until(stop, tasks)
            await worker.drain(drain_ms)
        finally:
            for aid in aids:
                aid.cancel()


class _Worker:
    """The jobs that this process holds."""

    def __init__(
        self,
        pool: Pool,
        kinds: Mapping[str, JobKind],
        concurrency: int,
        lease_ms: int,
        backoff_ms: tuple[int, ...],
        away_ms: int,
    ) -> None:
        self._pool = pool
        self._claims = Claims(pool, kinds, lease_ms)
        self._kinds = kinds
        self._concurrency = concurrency
        self._lease_s = lease_ms / 1_000
        self._backoff_ms = backoff_ms
        self._away_ms = away_ms
        self._running: dict[int, asyncio.Task[None]] = {}
        self._lost: WeakSet[asyncio.Task[None]] = WeakSet()
        self._wake = asyncio.Event()

    async def claim_until(self, stop: asyncio.Event, tasks: asyncio.TaskGroup) -> None:
        """Claim and start jobs whenever there is room for one."""
        stopping = tasks.create_task(_set_when(stop, self._wake))
        try:
            while not stop.is_set():
                self._wake.clear()
                wait_s = min(POLL_MS / 1_000, self._lease_s)
                try:
                    for row, claim in await self._claim():
                        self._start(row, claim, tasks)
                    if (due_s := await self._claims.next_due_s()) is not None:
                        wait_s = min(wait_s, max(due_s, 0.05))
                except Unavailable:
                    log.warning("jobs.database_away")
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._wake.wait()
        finally:
            stopping.cancel()

    async def drain(self, drain_ms: int) -> None:
        """Let running jobs end, then put back those that have not."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running.values(), timeout=drain_ms / 1_000)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def listen(self) -> None:
        """Wake the worker when a job is put into the queue."""
        while True:
            try:
                with answering():
                    await self._listen_once()
            except Unavailable:
                # Leaving a dead connection raises this in place of the cancellation.
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError from None
                log.warning("jobs.listener_lost")
                await asyncio.sleep(1)

    async def _listen_once(self) -> None:
        async with self._pool.acquire() as connection:
            cut = asyncio.Event()
            connection.add_termination_listener(lambda *_: cut.set())
            await connection.add_listener(_CHANNEL, self._notified)
            self._wake.set()
            try:
                await cut.wait()
            finally:
                # The pool hands connections on as they are: leave nothing behind in this one.
                if not connection.is_closed():
                    await connection.remove_listener(_CHANNEL, self._notified)

    def _notified(self, *_: object) -> None:
        self._wake.set()

    async def renew_leases(self) -> None:
        """Keep what runs here; a job that another worker has taken over meanwhile is let go."""
        while True:
            await asyncio.sleep(self._lease_s / 3)
            asked = dict(self._running)
            if not asked:
                continue
            try:
                kept = await self._claims.renew(asked)
            except Unavailable:
                continue
            for job_id, task in asked.items():
                # Meanwhile it may have ended, or have been put back and claimed anew.
                if job_id not in kept and self._running.get(job_id) is task:
                    log.warning("jobs.lease_lost", extra={"job_id": job_id})
                    self._lost.add(task)
                    task.cancel()

    async def _claim(self) -> list[tuple[models.Job, int]]:
        free = self._concurrency - len(self._running)
        return await self._claims.take(free) if free > 0 else []

    def _start(self, row: models.Job, claim: int, tasks: asyncio.TaskGroup) -> None:
        if row.id in self._running:
            return  # our own lease had run out while the database was away
        job = Job(row.id, row.entrypoint, row.payload or b"", claim)
        self._running[job.id] = tasks.create_task(self._run(job, row), name=f"job-{job.id}")

    async def _run(self, job: Job, row: models.Job) -> None:
        kind = self._kinds[job.kind]
        try:
            if job.claim > MAX_CLAIMS:
                log.error("jobs.gave_up", extra=_fields(job))
                await kind.give_up(job)
                await self._end(row, "failed")
                return
            await kind.run(job)
            await self._end(row, "successful")
        except asyncio.CancelledError:
            self._let_go(job.id)
            if asyncio.current_task() not in self._lost:
                await asyncio.shield(self._put_back(job, after_ms=0, is_counted=False))
            raise
        except Unavailable:
            log.warning("jobs.backend_away", extra=_fields(job))
            await self._put_back(job, after_ms=self._away_ms, is_counted=False)
        except Exception:
            log.exception("jobs.failed", extra=_fields(job))
            await self._try_again(job, row, kind)
        finally:
            self._let_go(job.id)
            self._wake.set()

    def _let_go(self, job_id: int) -> None:
        """Forget a job before its row is given back: this very worker may claim it anew at once."""
        task = asyncio.current_task()
        if self._running.get(job_id) is task:
            del self._running[job_id]

    async def _try_again(self, job: Job, row: models.Job, kind: JobKind) -> None:
        if job.claim < MAX_CLAIMS:
            wait_ms = self._backoff_ms[min(job.claim, len(self._backoff_ms)) - 1]
            await self._put_back(job, after_ms=wait_ms, is_counted=True)
            return
        try:
            await kind.give_up(job)
            await self._end(row, "failed")
        except Exception:
            # The lease runs out by itself; then somebody else takes the job up to give it up.
            log.exception("jobs.not_given_up", extra=_fields(job))

    async def _end(self, row: models.Job, status: JOB_STATUS) -> None:
        self._let_go(row.id)
        await self._claims.end(row, status)

    async def _put_back(self, job: Job, *, after_ms: int, is_counted: bool) -> None:
        self._let_go(job.id)
        await self._claims.put_back(job, after_ms=after_ms, is_counted=is_counted)


async def _set_when(event: asyncio.Event, other: asyncio.Event) -> None:
    await event.wait()
    other.set()


def _fields(job: Job) -> dict[str, object]:
    return {"job_id": job.id, "kind": job.kind, "claim": job.claim}

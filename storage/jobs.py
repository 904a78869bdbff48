"""Background jobs: queued by the transaction that needs them, worked off by any worker.

PostgreSQL is the queue and pgqueuer its SQL. A worker claims a job for a lease and keeps renewing
it; when the worker dies, the lease runs out and another one takes the job up. Every claim is
counted, so a job that kills its workers ends as failed, too. What runs is at least once: a handler
must do no harm when its work was done already.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4
from weakref import WeakSet

from msgspec import Struct
from pgqueuer import Queries
from pgqueuer.domain import models
from pgqueuer.domain.types import JOB_STATUS, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter

from rooms.errors import Unavailable
from storage.backends import Pool
from storage.postgres import answering

if TYPE_CHECKING:
    from storage.postgres import Connection

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


class Job(Struct, frozen=True):
    """One claimed unit of work."""

    id: int
    kind: str
    payload: bytes
    claim: int
    """1 for the first worker that takes it up, 2 for the next, …"""


class JobKind(Struct, frozen=True):
    """What a worker does with jobs of one kind."""

    run: Callable[[Job], Awaitable[None]]
    """Does the work. Whatever it raises is logged and means: try again later; `Unavailable` means
    that the try does not count."""
    give_up: Callable[[Job], Awaitable[None]]
    """Called once no try is left, to tell whoever waits for the work."""


async def enqueue(
    connection: "Connection",
    kind: str,
    payload: bytes,
    *,
    priority: int = 0,
    after_ms: int = 0,
) -> int:
    """Put a job into the queue by the transaction that is open on `connection`; returns its id.

    Higher `priority` comes first, and within one the older job. It starts `after_ms` from now at
    the soonest, and never if the transaction is rolled back.
    """
    with answering():
        (job_id,) = await _queries(connection).enqueue(
            kind, payload, priority, execute_after=timedelta(milliseconds=after_ms)
        )
    return job_id


async def run_jobs(
    pool: Pool,
    kinds: Mapping[str, JobKind],
    *,
    concurrency: int,
    stop: asyncio.Event,
    lease_ms: int = LEASE_MS,
    backoff_ms: tuple[int, ...] = BACKOFF_MS,
    drain_ms: int = DRAIN_MS,
) -> None:
    """Work off jobs of `kinds`, `concurrency` at a time, until `stop` is set.

    Outlives PostgreSQL: while it is away nothing is claimed, and running jobs go on.
    """
    worker = _Worker(pool, kinds, concurrency, lease_ms, backoff_ms)
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
    ) -> None:
        self._id = uuid4()
        self._pool = pool
        self._kinds = kinds
        self._concurrency = concurrency
        self._lease = timedelta(milliseconds=lease_ms)
        self._backoff_ms = backoff_ms
        self._queries = Queries.from_asyncpg_pool(pool)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._lost: WeakSet[asyncio.Task[None]] = WeakSet()
        self._wake = asyncio.Event()

    async def claim_until(self, stop: asyncio.Event, tasks: asyncio.TaskGroup) -> None:
        """Claim and start jobs whenever there is room for one."""
        stopping = tasks.create_task(_set_when(stop, self._wake))
        try:
            while not stop.is_set():
                self._wake.clear()
                wait_s = min(POLL_MS / 1_000, self._lease.total_seconds())
                try:
                    for row, claim in await self._claim():
                        self._start(row, claim, tasks)
                    wait_s = min(wait_s, await self._next_due_s())
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
            await asyncio.sleep(self._lease.total_seconds() / 3)
            asked = dict(self._running)
            if not asked:
                continue
            try:
                with answering():
                    rows = await self._pool.fetch(_RENEW, list(asked), self._id)
            except Unavailable:
                continue
            kept = {row["id"] for row in rows}
            for job_id, task in asked.items():
                # Meanwhile it may have ended, or have been put back and claimed anew.
                if job_id not in kept and self._running.get(job_id) is task:
                    log.warning("jobs.lease_lost", extra={"job_id": job_id})
                    self._lost.add(task)
                    task.cancel()

    async def _next_due_s(self) -> float:
        """Time until a job that waits for its second try is due."""
        with answering():
            due = await self._queries.next_deferred_eta([QueueEntrypoint(k) for k in self._kinds])
        return POLL_MS / 1_000 if due is None else max(due.total_seconds(), 0.05)

    async def _claim(self) -> list[tuple[models.Job, int]]:
        free = self._concurrency - len(self._running)
        if free <= 0:
            return []
        with answering():
            rows = await self._queries.dequeue(
                batch_size=free,
                entrypoints={
                    QueueEntrypoint(kind): EntrypointExecutionParameter(concurrency_limit=0)
                    for kind in self._kinds
                },
                queue_manager_id=QueueManagerId(self._id),
                global_concurrency_limit=None,
                heartbeat_timeout=self._lease,
            )
            if not rows:
                return []
            claims = await self._pool.fetch(_COUNT_CLAIM, [row.id for row in rows], self._id)
        by_id = {row["id"]: row["claims"] for row in claims}
        return [(row, by_id[row.id]) for row in rows if row.id in by_id]

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
            await self._put_back(job, after_ms=AWAY_MS, is_counted=False)
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
        """Take the job out of the queue (a failed one stays in it, to be looked at)."""
        self._let_go(row.id)
        with answering():
            async with self._pool.acquire() as connection, connection.transaction():
                if await connection.fetchval(_IS_OURS, row.id, self._id):
                    await _queries(connection).log_jobs([(row, status, None)])

    async def _put_back(self, job: Job, *, after_ms: int, is_counted: bool) -> None:
        self._let_go(job.id)
        after = timedelta(milliseconds=after_ms)
        # If the database is away, the lease runs out by itself.
        with suppress(Unavailable), answering():
            await self._pool.execute(_PUT_BACK, job.id, self._id, after, 0 if is_counted else 1)


_COUNT_CLAIM = """
UPDATE pgqueuer SET claims = claims + 1
WHERE id = ANY($1::bigint[]) AND queue_manager_id = $2
RETURNING id, claims
"""

_RENEW = """
UPDATE pgqueuer SET heartbeat = now()
WHERE id = ANY($1::bigint[]) AND queue_manager_id = $2 AND status = 'picked'
RETURNING id
"""

_IS_OURS = """
SELECT true FROM pgqueuer
WHERE id = $1 AND queue_manager_id = $2 AND status = 'picked'
FOR UPDATE
"""

_PUT_BACK = """
UPDATE pgqueuer
SET status = 'queued', queue_manager_id = NULL, execute_after = now() + $3::interval,
    claims = claims - $4::integer, attempts = attempts + 1, updated = now()
WHERE id = $1 AND queue_manager_id = $2 AND status = 'picked'
"""


def _queries(connection: "Connection") -> Queries:
    return Queries.from_asyncpg_connection(connection)  # type: ignore[arg-type]  # a pool's proxy is a connection in all but name


async def _set_when(event: asyncio.Event, other: asyncio.Event) -> None:
    await event.wait()
    other.set()


def _fields(job: Job) -> dict[str, object]:
    return {"job_id": job.id, "kind": job.kind, "claim": job.claim}

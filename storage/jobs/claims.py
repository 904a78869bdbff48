"""Claims of one worker: which jobs are his, for how long, and how he gives them back.

A claim is a lease that its worker renews. Every statement names the worker, so whoever has lost
his lease changes nothing any more.
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from pgqueuer import Queries
from pgqueuer.domain import models
from pgqueuer.domain.types import JOB_STATUS, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter

from rooms.errors import Unavailable
from storage.backends import Pool
from storage.jobs.job import Job, queries_on
from storage.postgres import answering


class Claims:
    """The jobs of `kinds` in the queue, as one worker may take them. Leases last `lease_ms`."""

    def __init__(self, pool: Pool, kinds: Collection[str], lease_ms: int) -> None:
        self._id = uuid4()
        self._pool = pool
        self._kinds = [QueueEntrypoint(kind) for kind in kinds]
        self._lease = timedelta(milliseconds=lease_ms)
        self._queries = Queries.from_asyncpg_pool(pool)

    async def take(self, most: int) -> list[tuple[models.Job, int]]:
        """Up to `most` jobs that are due, each with how often it was claimed, this time included.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        with answering():
            rows = await self._queries.dequeue(
                batch_size=most,
                entrypoints={
                    kind: EntrypointExecutionParameter(concurrency_limit=0) for kind in self._kinds
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

    async def renew(self, job_ids: Collection[int]) -> set[int]:
        """Begins the leases of these jobs anew; returns those that are still this worker's.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        with answering():
            rows = await self._pool.fetch(_RENEW, list(job_ids), self._id)
        return {row["id"] for row in rows}

    async def next_due_s(self) -> float | None:
        """Time until a job that waits for another try is due, in seconds; None without one."""
        with answering():
            due = await self._queries.next_deferred_eta(self._kinds)
        return None if due is None else due.total_seconds()

    async def end(self, row: models.Job, status: JOB_STATUS) -> None:
        """Takes the job out of the queue (a failed one stays in it, to be looked at)."""
        with answering():
            async with self._pool.acquire() as connection, connection.transaction():
                if await connection.fetchval(_IS_OURS, row.id, self._id):
                    await queries_on(connection).log_jobs([(row, status, None)])

    async def put_back(self, job: Job, *, after_ms: int, is_counted: bool) -> None:
        """Gives the job to whoever is next. If PostgreSQL is away, its lease runs out by itself."""
        after = timedelta(milliseconds=after_ms)
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

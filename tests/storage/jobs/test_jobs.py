"""The job queue on a real PostgreSQL, with workers that die."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from rooms.errors import Unavailable
from storage.backends import Pool, open_pool
from storage.jobs.job import Job, JobKind, enqueue
from storage.jobs.worker import run_jobs
from tests.eventually import eventually

LEASE_MS = 600
FAST = {"lease_ms": LEASE_MS, "backoff_ms": (10, 20), "drain_ms": 100, "away_ms": 10}


class Recorder:
    """A job kind that writes down what it was asked, and does what it is told."""

    def __init__(self, work: Callable[[Job], object] = lambda job: None) -> None:
        self.ran: list[Job] = []
        self.given_up: list[Job] = []
        self._work = work
        self._changed = asyncio.Condition()

    def kind(self) -> JobKind:
        return JobKind(self._run, self._give_up)

    async def _run(self, job: Job) -> None:
        self.ran.append(job)
        await self._tell()
        outcome = self._work(job)
        if asyncio.iscoroutine(outcome):
            await outcome

    async def _give_up(self, job: Job) -> None:
        self.given_up.append(job)
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, predicate: Callable[["Recorder"], bool]) -> None:
        """Wait until it holds; 20 s at most."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: predicate(self))


@asynccontextmanager
async def worker(
    pool: Pool, recorder: Recorder, *, concurrency: int = 1
) -> AsyncIterator[asyncio.Event]:
    """A running worker; stopped and drained at the end."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            run_jobs(pool, {"test": recorder.kind()}, concurrency=concurrency, stop=stop, **FAST)  # type: ignore[arg-type]  # a dict of options
        )
        try:
            yield stop
        finally:
            stop.set()


async def put(pool: Pool, payload: bytes = b"", **options: int) -> int:
    async with pool.acquire() as connection, connection.transaction():
        return await enqueue(connection, "test", payload, **options)


async def left(pool: Pool) -> list[str]:
    """Status of everything in the queue."""
    rows = await pool.fetch("SELECT status::text FROM pgqueuer ORDER BY id")
    return [row["status"] for row in rows]


async def settled(pool: Pool, expected: list[str]) -> None:
    """Wait until the queue looks like this; 20 s at most."""

    async def is_so() -> bool:
        return await left(pool) == expected

    await eventually(is_so, 20)


def boom(job: Job) -> None:
    raise RuntimeError("boom")


async def test_a_job_is_done_once_and_leaves_the_queue(pool: Pool) -> None:
    recorder = Recorder()
    async with worker(pool, recorder):
        job_id = await put(pool, b"payload")
        await recorder.until(lambda r: len(r.ran) == 1)
        await settled(pool, [])
    assert recorder.ran == [Job(job_id, "test", b"payload", 1)]
    assert recorder.given_up == []


async def test_a_job_of_a_transaction_that_is_rolled_back_never_was(pool: Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await enqueue(connection, "test", b"")
        await transaction.rollback()
    assert await left(pool) == []


async def test_a_waiting_worker_is_woken_at_once(pool: Pool) -> None:
    recorder = Recorder()
    async with worker(pool, recorder):
        await put(pool)
        await recorder.until(lambda r: len(r.ran) == 1)
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        await put(pool)
        await recorder.until(lambda r: len(r.ran) == 2)
        assert loop.time() - started_s < 2.0  # it looks by itself every 5 s


async def test_higher_priority_comes_first_and_then_age(pool: Pool) -> None:
    for payload, priority in ((b"a", 0), (b"b", 0), (b"c", 5)):
        await put(pool, payload, priority=priority)
    recorder = Recorder()
    async with worker(pool, recorder):
        await recorder.until(lambda r: len(r.ran) == 3)
    assert [job.payload for job in recorder.ran] == [b"c", b"a", b"b"]


async def test_no_more_jobs_run_than_there_is_room_for(pool: Pool) -> None:
    at_once: list[int] = []
    running = 0
    release = asyncio.Event()

    async def work(job: Job) -> None:
        nonlocal running
        running += 1
        at_once.append(running)
        await release.wait()
        running -= 1

    recorder = Recorder(work)
    for _ in range(6):
        await put(pool)
    async with worker(pool, recorder, concurrency=2):
        await recorder.until(lambda r: len(r.ran) == 2)
        release.set()
        await recorder.until(lambda r: len(r.ran) == 6)
    assert max(at_once) == 2


async def test_a_job_for_later_waits_for_its_time(pool: Pool) -> None:
    recorder = Recorder()
    async with worker(pool, recorder):
        await put(pool, b"later", after_ms=400)
        await put(pool, b"now")
        await recorder.until(lambda r: len(r.ran) == 2)
    assert [job.payload for job in recorder.ran] == [b"now", b"later"]


async def test_a_job_that_fails_three_times_is_given_up_and_kept(pool: Pool) -> None:
    recorder = Recorder(boom)
    async with worker(pool, recorder):
        await put(pool)
        await recorder.until(lambda r: len(r.given_up) == 1)
        await settled(pool, ["failed"])
    assert [job.claim for job in recorder.ran] == [1, 2, 3]


async def test_a_job_that_fails_once_is_done_at_its_second_try(pool: Pool) -> None:
    recorder = Recorder(lambda job: boom(job) if job.claim == 1 else None)
    async with worker(pool, recorder):
        await put(pool)
        await recorder.until(lambda r: len(r.ran) == 2)
        await settled(pool, [])
    assert recorder.given_up == []


async def test_a_backend_that_is_away_costs_no_try(pool: Pool) -> None:
    def work(job: Job) -> None:
        if len(recorder.ran) < 6:
            raise Unavailable("away")

    recorder = Recorder(work)
    async with worker(pool, recorder):
        await put(pool)
        await recorder.until(lambda r: len(r.ran) == 6)
        await settled(pool, [])
    assert {job.claim for job in recorder.ran} == {1}


async def test_one_bad_job_does_not_stop_the_others(pool: Pool) -> None:
    recorder = Recorder(lambda job: boom(job) if job.payload == b"bad" else None)
    for payload in (b"bad", b"good", b"good"):
        await put(pool, payload)
    async with worker(pool, recorder):
        await recorder.until(lambda r: len(r.given_up) == 1)
    assert sorted(job.payload for job in recorder.ran) == [b"bad"] * 3 + [b"good"] * 2


async def test_a_job_that_is_claimed_anew_at_once_gets_all_its_tries(pool: Pool) -> None:
    """It was once forgotten when its second try was due before its first had quite ended."""
    recorder = Recorder(boom)
    for number in range(20):
        await put(pool, b"%d" % number)
    async with worker(pool, recorder, concurrency=3):
        await recorder.until(lambda r: len(r.given_up) == 20)
    assert sorted(job.claim for job in recorder.ran) == [1] * 20 + [2] * 20 + [3] * 20


async def test_two_workers_share_the_jobs(pool: Pool) -> None:
    first, second = Recorder(), Recorder()
    for number in range(20):
        await put(pool, b"%d" % number)
    async with worker(pool, first), worker(pool, second):
        await settled(pool, [])
    done = [job.payload for job in first.ran + second.ran]
    assert sorted(done) == sorted(b"%d" % number for number in range(20))


async def test_the_job_of_a_worker_that_died_is_taken_up_again(
    pool: Pool, database_url: str
) -> None:
    hang = asyncio.Event()
    doomed = Recorder(lambda job: hang.wait())
    async with open_pool(database_url, size=4) as other:
        stop = asyncio.Event()
        task = asyncio.create_task(
            run_jobs(other, {"test": doomed.kind()}, concurrency=1, stop=stop, **FAST)  # type: ignore[arg-type]  # as above
        )
        await put(pool, b"work")
        await doomed.until(lambda r: len(r.ran) == 1)
        # Cut from the database for good, as a killed process is: it can neither renew nor return.
        other.terminate()
        task.cancel()
        await asyncio.wait([task])
    assert await left(pool) == ["picked"]
    heir = Recorder()
    async with worker(pool, heir):
        await heir.until(lambda r: len(r.ran) == 1)
        await settled(pool, [])
    assert [job.claim for job in heir.ran] == [2]


async def test_a_job_that_kills_its_workers_is_given_up(pool: Pool) -> None:
    job_id = await put(pool)
    # Three workers have claimed it and were never heard of again.
    await pool.execute(
        "UPDATE pgqueuer SET status = 'picked', claims = 3, queue_manager_id = uuidv7(),"
        " heartbeat = now() - interval '1 hour' WHERE id = $1",
        job_id,
    )
    recorder = Recorder()
    async with worker(pool, recorder):
        await recorder.until(lambda r: len(r.given_up) == 1)
        await settled(pool, ["failed"])
    assert recorder.ran == []


async def test_a_long_job_keeps_its_lease(pool: Pool) -> None:
    release = asyncio.Event()
    slow, idle = Recorder(lambda job: release.wait()), Recorder()
    await put(pool)
    async with worker(pool, slow):
        await slow.until(lambda r: len(r.ran) == 1)
        async with worker(pool, idle):
            for _ in range(3):
                before = await pool.fetchval("SELECT heartbeat FROM pgqueuer")
                beaten = "SELECT heartbeat <> $1 FROM pgqueuer"
                await eventually(partial(pool.fetchval, beaten, before), 20)
        release.set()
        await settled(pool, [])
    assert idle.ran == []


async def test_a_worker_that_lost_its_lease_lets_go(pool: Pool) -> None:
    cancelled = asyncio.Event()

    async def work(job: Job) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    recorder = Recorder(work)
    await put(pool)
    async with worker(pool, recorder):
        await recorder.until(lambda r: len(r.ran) == 1)
        await pool.execute("UPDATE pgqueuer SET queue_manager_id = uuidv7(), heartbeat = now()")
        async with asyncio.timeout(20):
            await cancelled.wait()
    # It belongs to the other one now: neither finished nor put back from here.
    assert await left(pool) == ["picked"]


async def test_stopping_puts_unfinished_jobs_back_uncounted(pool: Pool) -> None:
    recorder = Recorder(lambda job: asyncio.Event().wait())
    await put(pool)
    async with worker(pool, recorder):
        await recorder.until(lambda r: len(r.ran) == 1)
    assert await left(pool) == ["queued"]
    assert await pool.fetchval("SELECT claims FROM pgqueuer") == 0


async def test_stopping_lets_short_jobs_end(pool: Pool) -> None:
    started = asyncio.Event()

    async def work(job: Job) -> None:
        started.set()
        await asyncio.sleep(0.02)  # pace: of a short job

    recorder = Recorder(work)
    await put(pool)
    async with worker(pool, recorder):
        await started.wait()
    assert await left(pool) == []


async def test_a_worker_outlives_the_loss_of_its_connections(
    pool: Pool, servers_url: str, database_url: str
) -> None:
    recorder = Recorder()
    async with open_pool(database_url, size=4) as other, worker(other, recorder):
        await put(pool)
        await recorder.until(lambda r: len(r.ran) == 1)
        name = database_url.rsplit("/", 1)[1].split("?")[0]
        with psycopg.connect(servers_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
        async with open_pool(database_url, size=2) as fresh:
            await put(fresh)
        await recorder.until(lambda r: len(r.ran) == 2)


@pytest.fixture
def servers_url(database_url: str) -> str:
    """The same server's own database, from where others can be cut off."""
    head, _, tail = database_url.rpartition("/")
    _, question, options = tail.partition("?")
    return f"{head}/postgres{question}{options}"


def test_the_tables_are_those_of_the_library(database_url: str) -> None:
    migration = Path(__file__).parents[3] / "migrations" / "0004_jobs.sql"
    ours = migration.read_text()
    header, _, installer = QueryBuilderEnvironment().build_install_query().partition("\n")
    assert header.startswith("-- pgqueuer 1.6")
    assert installer.strip() in ours

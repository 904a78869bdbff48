"""Group commit: one committer a process, one dedicated connection, one batch at a time.

Commands that arrive while a transaction is in flight form the next batch. If a batch fails in the
database, its commands are tried one by one, so a poisonous command cannot hurt its neighbours; a
lost connection is tried again once, since every command is idempotent by (actor, op_id).
"""

import asyncio
import hashlib
import logging
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import msgspec
import uuid_utils
from msgspec import Struct

from rooms.errors import HubError, NotFound, Unavailable
from rooms.feature import Actor, Feature
from storage.commit.batch import Batch, Overtaken
from storage.commit.rows import RowStore
from storage.commit.submission import Append, Committed, StreamEvents, Submission
from storage.metrics import COMMIT_BATCH_COMMANDS, COMMIT_SECONDS, COMMITS_OVERTAKEN

log = logging.getLogger(__name__)

MAX_WAITING = 10_000
"""Commands that may wait; beyond, UNAVAILABLE: a client that retries beats one that waits blind."""
MAX_BATCH = 400
"""Commands in one transaction: some ms of work; a small room is not held up by a big one."""
CONNECT_TIMEOUT_S = 1.0
COMMIT_TIMEOUT_S = 2.0
LOCK_S = 1.0
"""After another node was quicker: so long streams are locked before they are read, which costs
two round trips more and is never in vain."""
STOP_S = 3.0
"""For what waits when the process ends; beyond, it is answered UNAVAILABLE."""
"""A send fails in at most 2.5 s while PostgreSQL is away (P6)."""

_SESSION = {
    "application_name": "veza-committer",
    "synchronous_commit": "on",
    # Tells the triggers of migrations/0013 that streams.rev is raised by the statement itself.
    "veza.commit": "on",
    # A batch reads by keys only. Plans are made once, and made while the tables are small they
    # would go on reading operations from end to end: 2 ms a batch after 5,000 messages, and rising.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}

_CONNECTION_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    # What a connection raises whose server died between two packets of one answer.
    asyncpg.InternalClientError,
)

Publish = Callable[[Sequence[StreamEvents]], None]
Settle = Callable[[Committed | HubError], None]
"""Takes what became of a command: called once, on the loop; must not fail."""
Waiting = tuple[Submission | Append, Settle]


class Committer:
    """Takes commands, answers when they are on disk. Open it with `open_committer`."""

    def __init__(
        self,
        database_url: str,
        features: Sequence[Feature],
        row_stores: Mapping[str, RowStore],
        publish: Publish,
        public_url: str,
    ) -> None:
        self._public_url = public_url
        self._database_url = database_url
        self._features = {feature.name: feature for feature in features}
        self._commands = {
            name: (feature, command)
            for feature in features
            for name, command in feature.commands.items()
        }
        self._row_stores = row_stores
        self._publish = publish
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._stopping = False
        self._lock_until_s = 0.0
        self._connection: asyncpg.Connection[Any] | None = None

    async def submit(
        self,
        command: str,
        payload: Struct,
        *,
        room_id: str | None,
        actor: Actor,
        op_id: str | None = None,
        present: tuple[str, ...] = (),
    ) -> Committed:
        """Runs one command through its rule and the group commit.

        Returns:
            what the ack says; by then it is on disk. A repeat of (actor, op_id) returns the first
            answer with `duplicate`.

        Raises:
            HubError: what the rule raised; `UNAVAILABLE` when PostgreSQL does not answer or too
                much is waiting (nothing was promised: send it again with the same op_id).
        """
        settled: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self.enter(
            command,
            payload,
            room_id=room_id,
            actor=actor,
            op_id=op_id,
            present=present,
            settle=lambda result: _resolve(settled, result),
        )
        return await settled

    def enter(
        self,
        command: str,
        payload: Struct,
        *,
        room_id: str | None,
        actor: Actor,
        op_id: str | None,
        present: tuple[str, ...],
        settle: Settle,
    ) -> None:
        """`submit` for a caller who does not wait: `settle` gets what it would return or raise.

        Raises:
            NotFound, Unavailable: there is no such command, or too much is waiting.
        """
        known = self._commands.get(command)
        if known is None:
            raise NotFound(f"There is no command {command}.")
        feature, spec = known
        submission = Submission(
            feature=feature,
            command=command,
            payload=payload,
            room_id=room_id.lower() if room_id is not None else None,
            actor=actor,
            op_id=op_id.lower() if op_id is not None else str(uuid_utils.uuid7()),
            digest=_digest(command, payload),
            ids=tuple(str(uuid_utils.uuid7()) for _ in range(spec.ids)),
            secret=str(uuid.uuid4()) if spec.secret else "",
            present=present,
        )
        self._wait(submission, settle)

    async def append(self, user_id: str, event: str, data: Any, op_id: str) -> Committed:
        """Puts a durable event on a user's private stream; a repeat of `op_id` changes nothing."""
        settled: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        item = Append(user_id=user_id, event=event, data=data, op_id=op_id)
        self._wait(item, lambda result: _resolve(settled, result))
        return await settled

    async def run(self) -> None:
        """Commits until `stop`, and then what has been entered; owned by `open_committer`."""
        while not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
                await self._settle(batch)

    def stop(self) -> None:
        """Takes nothing more, and ends `run` once what waits is on disk."""
        self._stopping = True
        self._arrived.set()

    async def close(self) -> None:
        """Answers what still waits with UNAVAILABLE and lets the connection go."""
        while self._waiting:
            _, settle = self._waiting.popleft()
            settle(Unavailable("The hub is stopping. Send it again."))
        await self._disconnect()

    def _wait(self, item: Submission | Append, settle: Settle) -> None:
        if self._stopping:
            raise Unavailable("The hub is stopping. Send it again.")
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("The hub is very busy. Try again in a moment.", retry_after_ms=1000)
        self._waiting.append((item, settle))
        self._arrived.set()

    async def _settle(self, waiting: Sequence[Waiting]) -> None:
        """Commits a batch and answers each command in it."""
        items = [item for item, _ in waiting]
        try:
            results = await self._commit_with_retry(items)
        except asyncio.CancelledError:
            for _, settle in waiting:
                settle(Unavailable("The hub is stopping. Send it again."))
            raise
        except Exception as error:
            if len(waiting) == 1 or isinstance(error, HubError):
                results = [_wrapped(error)] * len(waiting)
            else:
                log.warning("commit.batch_failed", extra={"commands": len(items)}, exc_info=True)
                for one in waiting:
                    await self._settle([one])
                return
        for (_, settle), result in zip(waiting, results, strict=True):
            settle(_wrapped(result) if isinstance(result, Exception) else result)

    async def _commit_with_retry(
        self, items: Sequence[Submission | Append]
    ) -> list[Committed | Exception]:
        for last in (False, True):
            try:
                return await self._commit(items)
            except _CONNECTION_ERRORS as error:
                await self._disconnect()
                if last:
                    log.warning("commit.database_away", extra={"error": type(error).__name__})
                    raise Unavailable(
                        "The database does not answer. Nothing was lost; send it again.",
                        retry_after_ms=500,
                    ) from error
        raise AssertionError("unreachable")

    async def _commit(self, items: Sequence[Submission | Append]) -> list[Committed | Exception]:
        connection = self._connection or await self._connect()
        started_s = time.perf_counter()
        locked = started_s < self._lock_until_s
        async with asyncio.timeout(COMMIT_TIMEOUT_S):
            try:
                results, events = await self._batch(items).run(connection, locked=locked)
            except Overtaken:
                COMMITS_OVERTAKEN.inc()
                self._lock_until_s = started_s + LOCK_S
                results, events = await self._batch(items).run(connection, locked=True)
        COMMIT_SECONDS.observe(time.perf_counter() - started_s)
        COMMIT_BATCH_COMMANDS.observe(len(items))
        if events:
            self._publish(events)
        return results

    def _batch(self, items: Sequence[Submission | Append]) -> Batch:
        return Batch(
            items,
            features=self._features,
            row_stores=self._row_stores,
            now_ms=time.time_ns() // 1_000_000,
            public_url=self._public_url,
        )

    async def _connect(self) -> "asyncpg.Connection[Any]":
        self._connection = await asyncpg.connect(
            self._database_url,
            timeout=CONNECT_TIMEOUT_S,
            server_settings=_SESSION,
        )
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*_CONNECTION_ERRORS):
                connection.terminate()


@asynccontextmanager
async def open_committer(
    database_url: str,
    features: Sequence[Feature],
    row_stores: Mapping[str, RowStore],
    publish: Publish,
    public_url: str = "",
) -> AsyncIterator[Committer]:
    """A running committer; at the end, what has been entered is committed within `STOP_S`.

    `publish` takes the new events of each commit, synchronously and without failing (the bus).
    """
    committer = Committer(database_url, features, row_stores, publish, public_url)
    task = asyncio.create_task(committer.run(), name="committer")
    try:
        yield committer
    finally:
        committer.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await task
        await committer.close()


def _digest(command: str, payload: Struct) -> bytes:
    content = command.encode() + b"\0" + msgspec.json.encode(payload)
    return hashlib.blake2b(content, digest_size=16).digest()


def _resolve(future: "asyncio.Future[Committed]", result: Committed | HubError) -> None:
    if future.done():  # whoever waited has gone
        return
    if isinstance(result, HubError):
        future.set_exception(result)
    else:
        future.set_result(result)


def _wrapped(error: Exception) -> HubError:
    if isinstance(error, HubError):
        return error
    wrapped = HubError("Something went wrong on our side. It has been logged.")
    wrapped.__cause__ = error
    return wrapped

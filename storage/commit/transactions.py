"""The committer's own connection to PostgreSQL, and what is done when a batch does not go through.

A lost connection is tried again once, since every command is idempotent by (actor, op_id). A batch
whose stream another node has moved is run again with the streams locked.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import asyncpg

from rooms.errors import Unavailable
from rooms.feature import Feature
from storage.commit.batch import Batch, Doubtful, Overtaken
from storage.commit.ledger import Item, Result
from storage.commit.memory import Memory
from storage.commit.rows import RowStore
from storage.commit.submission import StreamEvents
from storage.metrics import COMMIT_BATCH_COMMANDS, COMMIT_SECONDS, COMMITS_OVERTAKEN

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 1.0
COMMIT_TIMEOUT_S = 2.0
"""For a batch, however often it is tried: a send fails in at most 2.5 s while PostgreSQL is away
(P6)."""
LOCK_S = 1.0
"""After another node was quicker: so long streams are locked before they are read, which costs
some round trips more and is never in vain."""

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


class Transactions:
    """Batches, one at a time, on one connection that is made when it is needed."""

    def __init__(
        self,
        database_url: str,
        features: Mapping[str, Feature],
        row_stores: Mapping[str, RowStore],
        publish: Publish,
        public_url: str,
    ) -> None:
        self._database_url = database_url
        self._features = features
        self._row_stores = row_stores
        self._publish = publish
        self._public_url = public_url
        self._memory = Memory()
        self._lock_until_s = 0.0
        self._connection: asyncpg.Connection[Any] | None = None

    async def commit(self, items: Sequence[Item]) -> list[Result]:
        """Puts the items on disk and then on the bus; one result for each, in order.

        Raises:
            Unavailable: PostgreSQL does not answer.
            Exception: the batch failed in the database as a whole.
        """
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                try:
                    return await self._commit(items)
                except _CONNECTION_ERRORS:
                    await self.disconnect()
                    return await self._commit(items)
        except _CONNECTION_ERRORS as error:
            await self.disconnect()
            log.warning("commit.database_away", extra={"error": type(error).__name__})
            raise Unavailable(
                "The database does not answer. Nothing was lost; send it again.",
                retry_after_ms=500,
            ) from error

    async def disconnect(self) -> None:
        """Lets the connection go; the next commit makes another."""
        self._memory.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*_CONNECTION_ERRORS):
                connection.terminate()

    async def _commit(self, items: Sequence[Item]) -> list[Result]:
        connection = self._connection or await self._connect()
        started_s = time.perf_counter()
        try:
            locked = started_s < self._lock_until_s
            results, events = await self._run(items, connection, locked=locked)
        except Overtaken:
            COMMITS_OVERTAKEN.inc()
            self._lock_until_s = started_s + LOCK_S
            results, events = await self._run(items, connection, locked=True)
        COMMIT_SECONDS.observe(time.perf_counter() - started_s)
        COMMIT_BATCH_COMMANDS.observe(len(items))
        if events:
            self._publish(events)
        return results

    async def _run(
        self, items: Sequence[Item], connection: "asyncpg.Connection[Any]", *, locked: bool
    ) -> tuple[list[Result], list[StreamEvents]]:
        try:
            return await self._batch(items).run(connection, locked=locked)
        except Doubtful:  # it has forgotten what it doubted, and reads
            return await self._batch(items).run(connection, locked=locked)

    def _batch(self, items: Sequence[Item]) -> Batch:
        return Batch(
            items,
            features=self._features,
            row_stores=self._row_stores,
            memory=self._memory,
            now_ms=time.time_ns() // 1_000_000,
            public_url=self._public_url,
        )

    async def _connect(self) -> "asyncpg.Connection[Any]":
        self._connection = await asyncpg.connect(
            self._database_url, timeout=CONNECT_TIMEOUT_S, server_settings=_SESSION
        )
        return self._connection

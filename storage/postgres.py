"""Queries with one kind of failure: `Unavailable` when PostgreSQL does not answer.

Errors in the SQL itself pass through as they are: they are ours to mend, not the client's to retry.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from rooms.errors import Unavailable
from storage.backends import Pool

if TYPE_CHECKING:  # generic in its stubs only
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    # A query sent between the server's last word and the end of its connection.
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class Postgres:
    """The pool as the stores of this package use it: one query, or one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def rows(self, sql: str, *args: Any, timeout_s: float | None = None) -> list[Any]:
        """All rows; after `timeout_s` the server is told to stop and counts as not answering."""
        with answering():
            return await self._pool.fetch(sql, *args, timeout=timeout_s)

    async def row(self, sql: str, *args: Any) -> Any | None:
        """The first row, or None."""
        with answering():
            return await self._pool.fetchrow(sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        with answering():
            return await self._pool.fetchval(sql, *args)

    async def run(self, sql: str, *args: Any) -> int:
        """Execute one statement; returns how many rows it touched."""
        with answering():
            status = await self._pool.execute(sql, *args)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[Connection]":
        """A connection in a transaction: committed at the end, rolled back when anything raises."""
        with answering():
            async with self._pool.acquire() as connection, connection.transaction():
                yield connection


@contextmanager
def answering() -> Iterator[None]:
    """Turn the driver's ways of saying "not there" into one.

    Raises:
        Unavailable: no connection, a connection cut, or an answer that took too long.
    """
    try:
        yield
    except _AWAY as exc:
        raise Unavailable("The database does not answer just now. Try again.") from exc
    except asyncpg.InterfaceError as exc:
        # The class also stands for misuse, such as a wrong number of arguments.
        if "clos" not in str(exc):
            raise
        raise Unavailable("The database does not answer just now. Try again.") from exc

"""Connections to PostgreSQL that are shared, none of whose steps waits without an end."""

from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg.pool import PoolAcquireContext

if TYPE_CHECKING:  # generic in their stubs only
    _Connection = asyncpg.Connection[asyncpg.Record]
    _Pool = asyncpg.Pool[asyncpg.Record]
else:
    _Connection = asyncpg.Connection
    _Pool = asyncpg.Pool

CONNECT_S = 2.0
"""A server that has not taken a connection by then does not answer."""
ACQUIRE_S = 4.0
"""For a connection to be free, made anew if need be. And so long a connection is waited for whose
query was given up: on a line that swallows what the server says it never comes back, and is cut."""


class PlainConnection(_Connection):
    """A connection that the pool hands on as it is.

    asyncpg sends a RESET of five statements on each release, one more round trip for every query.
    Nothing here leaves anything behind in a session: no SET but SET LOCAL, no advisory lock outside
    a transaction, no LISTEN and no cursor on a pooled connection.
    """

    def get_reset_query(self) -> str:
        return ""


class BoundedPool(_Pool):
    """asyncpg's pool, which by itself waits for ever for a connection, and to get one back."""

    def acquire(self, *, timeout: float | None = None) -> "PoolAcquireContext[Any]":
        """A connection, within `timeout` seconds or `ACQUIRE_S`.

        Raises:
            TimeoutError: there was none.
        """
        return super().acquire(timeout=ACQUIRE_S if timeout is None else timeout)

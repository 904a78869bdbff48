"""The rows a feature keeps beside its slice: read and written inside the batch's transaction."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct

from storage.commit.submission import Submission

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"


class RowStore(Struct, frozen=True):
    """Loader and writer of one feature (see docs/architecture.md, "The one loop")."""

    load: Callable[[Connection, Sequence[Submission]], Awaitable[Sequence[Any]]]
    """One answer per submission, in order: what its rule finds in `context.rows`."""
    write: Callable[[Connection, Sequence[Any]], Awaitable[None]]
    """Writes what the rules returned in `Outcome.rows`, all commands of the batch at once."""

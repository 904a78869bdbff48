"""The rows a feature keeps beside its slice: read and written inside the batch's transaction."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct

from storage.commit.statement import Part
from storage.commit.submission import Submission

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"


class RowStore(Struct, frozen=True):
    """Loader and writer of one feature (see docs/architecture.md, "The one loop")."""

    load: Callable[[Connection, Sequence[Submission]], Awaitable[Sequence[Any]]]
    """One answer per submission, in order: what its rule finds in `context.rows`."""
    write: Callable[[Connection, Sequence[Any]], Awaitable[None]] | None = None
    """Writes what the rules returned in `Outcome.rows`, all commands of the batch at once."""
    part: Callable[[Sequence[Any]], Part] | None = None
    """Stands in for `write` where the rows go into the batch's own statement, as one part of it;
    a feature that writes often saves a round trip and the transaction around it."""

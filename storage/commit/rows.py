"""The rows a feature keeps beside its slice: read and written inside the batch's transaction."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct

from storage.commit.statement import Insert
from storage.commit.submission import Submission

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"


class RowStore(Struct, frozen=True):
    """Loader and writer of one feature (see docs/architecture.md, "The one loop")."""

    load: Callable[[Connection, Sequence[Submission]], Awaitable[Sequence[Any]]]
    """One answer per submission, in order: what its rule finds in `context.rows`."""
    write: Callable[[Connection, Sequence[Any]], Awaitable[None]] | None = None
    """Writes what the rules returned in `Outcome.rows`, all commands of the batch at once."""
    part: Callable[[Sequence[Any]], Insert | Sequence[Insert]] | None = None
    """Stands in for `write` where the rows go into the batch's own statement, as parts of it;
    a feature that writes often saves a round trip and the transaction around it."""
    key: Callable[[Submission], str | None] | None = None
    """What a command's rule reads and changes among the rows, such as a message's id: a batch has
    at most one command of a key, since rows are read before the first rule of a batch runs. None
    for a command that meets no other."""

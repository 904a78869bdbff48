"""Background jobs: queued by the transaction that needs them, worked off by any worker."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from pgqueuer import Queries

from storage.postgres import answering

if TYPE_CHECKING:
    from storage.postgres import Connection


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
        (job_id,) = await queries_on(connection).enqueue(
            kind, payload, priority, execute_after=timedelta(milliseconds=after_ms)
        )
    return job_id


def queries_on(connection: "Connection") -> Queries:
    """Pgqueuer's SQL on this connection, inside whatever transaction is open on it."""
    return Queries.from_asyncpg_connection(connection)  # type: ignore[arg-type]  # a pool's proxy is a connection in all but name

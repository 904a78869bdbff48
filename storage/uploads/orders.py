"""What is ordered of workers: to make a track playable, to remove folders of the object store."""

from typing import TYPE_CHECKING

from msgspec import Struct, json

from storage.jobs.job import enqueue

if TYPE_CHECKING:
    from storage.postgres import Connection

TRANSCODE = "transcode"
"""Kind of the job that makes a track playable."""
SWEEP = "sweep_media"
"""Kind of the job that removes folders of the object store."""


class TranscodeOrder(Struct, frozen=True):
    """Payload of a TRANSCODE job."""

    track_id: str
    max_duration_ms: int | None = None
    """Longest recording the owner's plan allows; None: no limit (the operator's own import)."""


class SweepOrder(Struct, frozen=True):
    """Payload of a SWEEP job."""

    prefixes: list[str]


async def order_transcode(
    connection: "Connection", order: TranscodeOrder, *, priority: int = 0
) -> int:
    """Have a track made playable once the transaction on `connection` commits; returns the job."""
    return await enqueue(connection, TRANSCODE, json.encode(order), priority=priority)


async def order_sweep(connection: "Connection", prefixes: list[str], *, after_ms: int = 0) -> int:
    """Have folders of the object store removed once the transaction on `connection` commits."""
    return await enqueue(connection, SWEEP, json.encode(SweepOrder(prefixes)), after_ms=after_ms)

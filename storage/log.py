"""The ordered log of each stream: reading it back, and the words it has on the wire."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec
from msgspec import Raw, Struct

CATCH_UP_LIMIT = 200
"""Events in one page of catch-up."""
CATCH_UP_BYTES = 262_144
"""Their data together, but one at least: a page that is larger than what may wait for a client
(1 MiB) would cut a slow one again each time that it comes back."""


class LogEvent(Struct, frozen=True, array_like=True):
    """A durable event as it travels between nodes: `body` is the JSON every client receives."""

    seq: int
    name: str
    body: bytes


class Head(Struct, frozen=True):
    """Where a stream's log ends."""

    epoch: str
    seq: int


class By(Struct, frozen=True):
    """Who did it; null for the hub itself."""

    user_id: str | None
    device_id: str | None


class Envelope(Struct, frozen=True):
    """A durable event's payload (docs/protocol.md, "Shapes")."""

    stream: str
    epoch: str
    seq: int
    at: str
    by: By
    op_id: str | None
    data: Raw


class NamedEnvelope(Struct, frozen=True):
    """The same inside the ack of `stream:subscribe`, where it has no event name of its own."""

    event: str
    stream: str
    epoch: str
    seq: int
    at: str
    by: By
    op_id: str | None
    data: Raw


_HEADS = """
SELECT id::text, epoch, head_seq FROM streams WHERE id = ANY($1::uuid[])
"""

_EVENTS = """
SELECT e.seq, e.event, e.actor_id::text, e.device_id, e.op_id::text, e.data::text,
       to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
FROM stream_events e
WHERE e.stream_id = $1 AND e.seq > $2 AND e.seq <= $3
ORDER BY e.seq
LIMIT $4
"""


class Log:
    """Reads of the ordered logs. It never writes: the committer does."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    async def heads(self, stream_ids: Sequence[str]) -> dict[str, Head]:
        """The end of each log, by stream id; ids without a log are left out."""
        rows = await self._pool.fetch(_HEADS, list(stream_ids))
        return {row["id"]: Head(row["epoch"], row["head_seq"]) for row in rows}

    async def head(self, stream_id: str) -> Head | None:
        """The end of one log, or None when nothing has ever happened there."""
        return (await self.heads([stream_id])).get(stream_id)

    async def read(
        self, stream: str, epoch: str, after: int, until: int, limit: int = CATCH_UP_LIMIT
    ) -> list[LogEvent]:
        """Events with `after` < seq <= `until`, oldest first, as other nodes send them."""
        return [
            LogEvent(row["seq"], row["event"], msgspec.json.encode(_envelope(stream, epoch, row)))
            for row in await self._rows(stream, after, until, limit)
        ]

    async def catch_up(
        self, stream: str, epoch: str, after: int, until: int, limit: int = CATCH_UP_LIMIT
    ) -> list[NamedEnvelope]:
        """The same as they stand in the ack of `stream:subscribe`, each with its name."""
        return [
            NamedEnvelope(
                row["event"],
                stream,
                epoch,
                row["seq"],
                row["at"],
                _by(row),
                row["op_id"],
                Raw(row["data"].encode()),
            )
            for row in _fitting(await self._rows(stream, after, until, limit))
        ]

    async def _rows(self, stream: str, after: int, until: int, limit: int) -> list[Any]:
        stream_id = stream.partition(":")[2]
        rows: list[Any] = await self._pool.fetch(_EVENTS, stream_id, after, until, limit)
        return rows


def _fitting(rows: list[Any]) -> list[Any]:
    """As many of the first rows as one page holds."""
    size_bytes = 0
    for count, row in enumerate(rows):
        size_bytes += len(row["data"].encode())
        if size_bytes > CATCH_UP_BYTES and count:
            return rows[:count]
    return rows


def _by(row: Any) -> By:
    return By(row["actor_id"], row["device_id"])


def _envelope(stream: str, epoch: str, row: Any) -> Envelope:
    return Envelope(
        stream, epoch, row["seq"], row["at"], _by(row), row["op_id"], Raw(row["data"].encode())
    )

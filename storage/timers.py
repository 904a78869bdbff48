"""Commands of the future: claiming those that are due."""

from typing import Any

from msgspec import Struct

from storage.backends import Pool

CLAIM_MS = 10_000
"""A node that claimed a command and died gives it free again after this."""

_CLAIM = """
UPDATE timers SET claimed_until_ms = $1::bigint + $2
WHERE (stream_id, key) IN (
    SELECT stream_id, key FROM timers
    WHERE at_ms <= $1 AND claimed_until_ms <= $1
    ORDER BY at_ms LIMIT $3
    FOR UPDATE SKIP LOCKED
)
RETURNING id::text, stream_id::text, command, payload::text AS payload
"""

_NEXT = "SELECT min(at_ms) FROM timers WHERE claimed_until_ms <= $1"

_DONE = "DELETE FROM timers WHERE stream_id = $1 AND id = $2"


class Due(Struct, frozen=True):
    """A command whose time has come."""

    id: str
    """UUID of this setting of the timer; a claim that ran out and is taken again has the same."""
    room_id: str
    command: str
    payload: bytes
    """JSON of the command's payload."""


async def claim_due(pool: Pool, now_ms: int, limit: int = 100) -> list[Due]:
    """Takes due commands for this node; no other node gets them for `CLAIM_MS`."""
    rows: list[Any] = await pool.fetch(_CLAIM, now_ms, CLAIM_MS, limit)
    return [
        Due(row["id"], row["stream_id"], row["command"], row["payload"].encode()) for row in rows
    ]


async def next_at_ms(pool: Pool, now_ms: int) -> int | None:
    """When the next unclaimed command is due, Unix ms."""
    at_ms: int | None = await pool.fetchval(_NEXT, now_ms)
    return at_ms


async def forget(pool: Pool, due: Due) -> None:
    """Removes a command that has run, unless its rule has set the same timer anew."""
    await pool.execute(_DONE, due.room_id, due.id)

"""What devices have said of themselves, by user and device."""

from typing import Any

from msgspec import Struct

from storage.backends import Pool

MAX_DEVICES = 50
"""Of one user; whoever was heard of longest ago goes."""

_REMEMBER = """
INSERT INTO user_devices AS d (user_id, device_id, name, kind, output_latency_ms)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, device_id) DO UPDATE SET
    name = coalesce(excluded.name, d.name), kind = excluded.kind,
    output_latency_ms = coalesce(excluded.output_latency_ms, d.output_latency_ms),
    updated_at = now()
RETURNING device_id::text, name, kind, output_latency_ms
"""

_FORGET = """
DELETE FROM user_devices WHERE user_id = $1 AND device_id IN (
    SELECT device_id FROM user_devices WHERE user_id = $1
    ORDER BY updated_at DESC, device_id OFFSET $2)
"""


class KnownDevice(Struct, frozen=True, kw_only=True):
    """What the hub remembers of a device."""

    device_id: str
    name: str | None = None
    kind: str
    """Such as `web` or `speaker`."""
    output_latency_ms: int | None = None
    """From the player's output to the ear."""


async def remember(pool: Pool, user_id: str, device: KnownDevice) -> KnownDevice:
    """Keeps what a device says of itself; what it leaves out stays. Returns all that is known."""
    async with pool.acquire() as connection, connection.transaction():
        row: Any = await connection.fetchrow(
            _REMEMBER, user_id, device.device_id, device.name, device.kind, device.output_latency_ms
        )
        await connection.execute(_FORGET, user_id, MAX_DEVICES)
    return KnownDevice(**dict(row))

"""Hosts of rooms, as far as it matters that they are gone."""

from collections.abc import Sequence

from storage.backends import Pool
from storage.postgres import answering

_HOSTS = """
SELECT r.id::text AS room_id, q.user_id::text
FROM unnest($1::uuid[], $2::uuid[]) AS q (room_id, user_id)
JOIN rooms r ON r.id = q.room_id AND r.deleted_at IS NULL AND 'playback' = ANY(r.facets)
LEFT JOIN slices s ON s.stream_id = r.id AND s.feature = 'playback'
WHERE coalesce(r.policy ->> 'on_host_lost', 'continue') <> 'continue'
  AND coalesce((s.state ->> 'host_id')::uuid, r.creator_id) = q.user_id
"""


async def hosts_among(pool: Pool, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those (room_id, user_id) where the user is the host and the room minds his absence.

    Raises:
        Unavailable: PostgreSQL does not answer.
    """
    rooms, users = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    with answering():
        return [(r["room_id"], r["user_id"]) for r in await pool.fetch(_HOSTS, rooms, users)]

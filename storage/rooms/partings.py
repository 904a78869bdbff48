"""Users who have gone from rooms, as far as a room minds."""

from collections.abc import Sequence

from msgspec import Struct

from storage.backends import Pool
from storage.postgres import answering

_MINDED = """
SELECT r.id::text AS room_id, q.user_id::text,
  coalesce(r.policy ->> 'on_host_lost', 'continue') <> 'continue'
    AND coalesce((p.state ->> 'host_id')::uuid, r.creator_id) = q.user_id AS is_host,
  coalesce((p.state -> 'waiting_for')::jsonb ? q.user_id::text, false) AS is_waited_for,
  u.state -> 'skip' IS NOT NULL AS has_vote
FROM unnest($1::uuid[], $2::uuid[]) AS q (room_id, user_id)
JOIN rooms r ON r.id = q.room_id AND r.deleted_at IS NULL AND 'playback' = ANY(r.facets)
LEFT JOIN slices p ON p.stream_id = r.id AND p.feature = 'playback'
LEFT JOIN slices u ON u.stream_id = r.id AND u.feature = 'queue'
"""


class Parting(Struct, frozen=True):
    """One user and one room that minds his absence."""

    room_id: str
    user_id: str
    is_host: bool
    """He drives, and the room does not simply go on without him."""
    is_waited_for: bool
    """A start waits for him."""
    has_vote: bool
    """A vote to skip is under way in the room."""


async def minded(pool: Pool, pairs: Sequence[tuple[str, str]]) -> list[Parting]:
    """Of these (room_id, user_id), those where the room minds.

    Raises:
        Unavailable: PostgreSQL does not answer.
    """
    rooms, users = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    with answering():
        found = [Parting(*row) for row in await pool.fetch(_MINDED, rooms, users)]
    return [each for each in found if each.is_host or each.is_waited_for or each.has_vote]

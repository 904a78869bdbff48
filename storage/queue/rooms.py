"""The rooms behind queues over REST: a user's own, shared ones, co-listening sessions."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from rooms.playback.state import PlaybackState
from rooms.queue.items import QueueState
from storage.backends import Pool
from storage.postgres import Postgres
from storage.rooms.replay import Replays

_OWN = "SELECT room_id::text, volume, updated_at FROM queues WHERE user_id = $1"

_KEEP_OWN = """
INSERT INTO queues (user_id, room_id) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING
"""

_SET_VOLUME = "UPDATE queues SET volume = $2, updated_at = now() WHERE user_id = $1"

_KEEP_SHARED = """
INSERT INTO queue_sessions (share_token, creator_id, room_id, invite_token)
VALUES ($1, $2, $3, $4)
ON CONFLICT (room_id) DO NOTHING
"""

_SHARED = """
SELECT s.share_token, s.creator_id::text, s.room_id::text, s.invite_token::text, s.created_at,
       r.deleted_at IS NOT NULL AS ended
FROM queue_sessions s JOIN rooms r ON r.id = s.room_id WHERE s.share_token = $1
"""

_KEEP_SESSION = """
INSERT INTO co_listening_sessions (id, host_id, track_id) VALUES ($1, $2, $3)
ON CONFLICT (id) DO NOTHING
"""

_SESSION = """
SELECT s.id::text, r.creator_id::text, s.track_id::text, s.created_at,
       r.deleted_at IS NOT NULL
       OR coalesce(p.state -> 'schedule' ->> 'ended_at_ms', '') <> '' AS ended
FROM co_listening_sessions s
JOIN rooms r ON r.id = s.id
LEFT JOIN slices p ON p.stream_id = s.id AND p.feature = 'playback'
WHERE s.id = $1
"""

_STATE = """
SELECT feature, state::text FROM slices
WHERE stream_id = $1 AND feature IN ('queue', 'playback')
"""


class OwnQueue(Struct, frozen=True):
    """A user's own queue: the room it is, and his volume."""

    room_id: str
    volume: int
    """Percent."""


class SharedQueue(Struct, frozen=True):
    """A queue that whoever has its link may edit."""

    share_token: str
    creator_id: str
    room_id: str
    invite_token: str
    created_at: datetime
    ended: bool


class ListeningSession(Struct, frozen=True):
    """A room that was made to hear a track together."""

    id: str
    creator_id: str
    track_id: str
    created_at: datetime
    ended: bool


class QueueRooms:
    """Reads and keeps them; nothing here changes a room.

    All raise `Unavailable` when PostgreSQL does not answer.
    """

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)
        self.replays = Replays(pool)
        """Their past, as far as anything sounded in them."""

    async def own(self, user_id: str) -> OwnQueue | None:
        """The user's own queue; None until he has one."""
        row = await self._postgres.row(_OWN, user_id)
        return None if row is None else OwnQueue(row["room_id"], row["volume"])

    async def keep_own(self, user_id: str, room_id: str) -> None:
        """Makes a room the user's queue, if he has none."""
        await self._postgres.run(_KEEP_OWN, user_id, room_id)

    async def set_volume(self, user_id: str, volume: int) -> None:
        """Keeps the volume of the user's queue, 0 to 100 percent."""
        await self._postgres.run(_SET_VOLUME, user_id, volume)

    async def keep_shared(self, token: str, user_id: str, room_id: str, invite_token: str) -> None:
        """Makes a room a shared queue."""
        await self._postgres.run(_KEEP_SHARED, token, user_id, room_id, invite_token)

    async def shared(self, token: str) -> SharedQueue | None:
        """A shared queue by its token, ended ones too."""
        row = await self._postgres.row(_SHARED, token)
        return None if row is None else SharedQueue(**row)

    async def keep_session(self, room_id: str, user_id: str, track_id: str) -> None:
        """Makes a room a co-listening session."""
        await self._postgres.run(_KEEP_SESSION, room_id, user_id, track_id)

    async def session(self, session_id: str) -> ListeningSession | None:
        """A co-listening session, ended ones too."""
        row = await self._postgres.row(_SESSION, session_id)
        return None if row is None else ListeningSession(**row)

    async def state(self, room_id: str) -> tuple[QueueState, PlaybackState]:
        """Queue and transport of a room, of one moment."""
        rows: list[Any] = await self._postgres.rows(_STATE, room_id)
        texts = {row["feature"]: row["state"] for row in rows}
        return (
            msgspec.json.decode(texts.get("queue", "{}"), type=QueueState),
            msgspec.json.decode(texts.get("playback", "{}"), type=PlaybackState),
        )

"""May this caller hear that track now? One answer for REST, HLS, signed addresses and sockets.

A private track is its owner's. When he puts it into the queue of a room he plays it to that room:
whoever has joined may hear it while it waits or plays there, and a minute longer. Nobody but its
owner can queue it, and what was queued by others before it became private is not his leave.
"""

import re
from typing import Protocol, TypeVar

from rooms.access import Principal, may_hear
from rooms.errors import Forbidden, Gone, NotFound
from storage.backends import Pool
from storage.postgres import Postgres
from storage.tracks.media import TrackMedia, find_track_media

LATE_MS = 60_000
"""A client that buffers fetches the end of a track after the room has gone on to the next."""

_REF = re.compile(r"[0-9]{1,18}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)

# Only the queues of the caller's own rooms are looked at; the text is searched first, because
# hardly any of them holds the track and none has to be parsed then.
_IS_PLAYED_TO = """
SELECT EXISTS (
    SELECT FROM room_members m
    JOIN rooms r ON r.id = m.room_id AND r.deleted_at IS NULL
    JOIN slices s ON s.stream_id = m.room_id AND s.feature = 'queue'
    CROSS JOIN LATERAL (
        SELECT json_array_elements(s.state -> 'items') AS item
        UNION ALL
        SELECT item FROM json_array_elements(s.state -> 'history') AS item
        WHERE (item ->> 'ended_at_ms')::bigint > extract(epoch FROM now()) * 1000 - $4
    ) AS queued
    WHERE m.user_id = $1 AND m.state = 'joined' AND position($2 IN s.state::text) > 0
      AND item ->> 'track_id' = $2 AND item -> 'added_by' ->> 'user_id' = $3
)
"""


class Heard(Protocol):
    """What the answer depends on."""

    @property
    def id(self) -> str:
        """UUID."""

    @property
    def creator_id(self) -> str | None:
        """Whose it is."""

    @property
    def is_public(self) -> bool:
        """Everybody may hear it."""

    @property
    def is_deleted(self) -> bool:
        """Nobody may any more."""


T = TypeVar("T", bound=Heard)


class Hearing:
    """Asks the database, each time anew."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._postgres = Postgres(pool)

    async def find(self, ref: str, principal: Principal | None) -> TrackMedia:
        """The track that `ref` names by UUID or integer id, if the caller may hear it now.

        Raises:
            NotFound: TRACK_NOT_FOUND.
            Gone: TRACK_DELETED.
            Forbidden: UNAUTHORIZED_ACCESS.
        """
        track = await find_track_media(self._pool, ref) if _REF.fullmatch(ref) else None
        return await self.require(track, principal)

    async def require(self, track: T | None, principal: Principal | None) -> T:
        """The track itself, if there is one and the caller may hear it now; raises as `find`."""
        if track is None:
            raise NotFound("Track not found", "TRACK_NOT_FOUND")
        if track.is_deleted:
            raise Gone("Track deleted", "TRACK_DELETED")
        if may_hear(track.is_public, track.creator_id, principal):
            return track
        if principal is None or not await self._is_played_to(track, principal.user_id):
            raise Forbidden("Access denied", "UNAUTHORIZED_ACCESS")
        return track

    async def _is_played_to(self, track: Heard, user_id: str) -> bool:
        if track.creator_id is None:
            return False
        return bool(
            await self._postgres.value(_IS_PLAYED_TO, user_id, track.id, track.creator_id, LATE_MS)
        )

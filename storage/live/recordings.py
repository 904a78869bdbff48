"""Recordings of broadcasts on their way to being tracks: the SQL of it.

A broadcast that is over stays on the list until `finish`, so a recorder that dies in the middle is
followed by one that goes on; the track is made once.
"""

from msgspec import Struct

from storage.backends import Pool
from storage.postgres import Postgres
from storage.uploads.new_tracks import NewTrack, add_track
from storage.uploads.orders import TranscodeOrder, order_transcode

AT_ONCE = 20

_ENDED = """
SELECT l.id::text, l.room_id::text, l.user_id::text, l.title, l.streamer_name, l.publication,
       l.recording_track_id::text, r.room_type = 'public' AS is_public
FROM live_streams l JOIN rooms r ON r.id = l.room_id
WHERE l.status = 'ended' AND l.recorded_at IS NULL
ORDER BY l.ended_at LIMIT $1
"""

_LOCK = "SELECT recording_track_id::text FROM live_streams WHERE id = $1 FOR UPDATE"

_LINK = """
UPDATE live_streams SET recording_track_id = $2, is_vod = true, updated_at = now() WHERE id = $1
"""


class EndedLive(Struct, frozen=True, kw_only=True):
    """A broadcast whose recording is still to be made."""

    id: str
    room_id: str
    user_id: str
    title: str
    streamer_name: str
    publication: int
    """Number of its last publication; takes have numbers up to this one."""
    recording_track_id: str | None
    """Set when the track was made, but its room has perhaps not been told."""
    is_public: bool
    """Whether its room is."""


class Recordings:
    """Broadcasts that are over and not seen to."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def waiting(self) -> list[EndedLive]:
        """Those that ended first."""
        return [EndedLive(**dict(row)) for row in await self._postgres.rows(_ENDED, AT_ONCE)]

    async def add(self, live_id: str, new: NewTrack) -> str:
        """Make a track of a recording that is stored, and order its processing: all or none.

        Returns:
            the id of the broadcast's track: an older one when there is one already.
        """
        async with self._postgres.transaction() as connection:
            made: str | None = await connection.fetchval(_LOCK, live_id)
            if made is not None:
                return made
            await add_track(connection, new)
            await order_transcode(connection, TranscodeOrder(new.id))
            await connection.execute(_LINK, live_id, new.id)
        return new.id

    async def finish(self, live_id: str) -> None:
        """All is done, and its room knows."""
        await self._postgres.run(
            "UPDATE live_streams SET recorded_at = now() WHERE id = $1", live_id
        )

"""What a worker's results mean for people: told to the uploader, and to the rooms that wait."""

import logging
import uuid
from typing import Any

from hub.timers import SYSTEM
from rooms.errors import HubError
from rooms.queue.commands import TrackFailed, TrackReady
from storage.backends import Pool
from storage.commit import Committer
from storage.queue.rows import rooms_waiting_for, rooms_without_leave

log = logging.getLogger(__name__)


class Announcements:
    """What became of tracks, told in the logs."""

    def __init__(self, pool: Pool, committer: Committer) -> None:
        self._pool = pool
        self._committer = committer

    async def append(self, user_id: str, event: str, data: Any, op_id: str) -> None:
        """Puts an event on the user's stream, then tells the rooms whose queue holds the track.

        Repeating it changes nothing: every step is idempotent by `op_id`.
        """
        await self._committer.append(user_id, event, data, op_id)
        track_id = data["track_id"]
        for room_id in await rooms_waiting_for(self._pool, track_id):
            await self._tell_room(room_id, event, data, op_id)

    async def withdraw(self, track_id: str) -> None:
        """A track is gone: rooms that have it queued let go of it. Repeating it changes nothing."""
        op_id = str(uuid.uuid5(uuid.UUID(track_id), "withdrawn"))
        for room_id in await rooms_waiting_for(self._pool, track_id):
            await self._tell_room(room_id, "track:failed", {"track_id": track_id}, op_id)

    async def hide(self, track_id: str, owner_id: str) -> None:
        """A track has become private: rooms let go of it, unless its owner has put it on there."""
        for room_id in await rooms_without_leave(self._pool, track_id, owner_id):
            await self._tell_room(
                room_id, "track:failed", {"track_id": track_id}, str(uuid.uuid4())
            )

    async def _tell_room(self, room_id: str, event: str, data: Any, op_id: str) -> None:
        own_op_id = str(uuid.uuid5(uuid.UUID(op_id), room_id))
        if event == "track:ready":
            command = "item:ready"
            payload: TrackReady | TrackFailed = TrackReady(
                room_id=room_id,
                track_id=data["track_id"],
                title=data["title"],
                artist=data.get("artist"),
                duration_ms=data["duration_ms"],
                has_cover=data.get("has_cover", False),
            )
        else:
            command = "item:failed"
            payload = TrackFailed(room_id=room_id, track_id=data["track_id"])
        try:
            await self._committer.submit(
                command, payload, room_id=room_id, actor=SYSTEM, op_id=own_op_id
            )
        except HubError as error:
            if error.temporary:
                raise
            # The room was deleted or has no queue any more: nobody there waits.
            log.info("announcements.refused", extra={"room_id": room_id, "code": error.code})

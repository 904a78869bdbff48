"""Who may no longer see a room hears nothing more of it.

Members who are put out hear the event that says so (`evictions`). Here is who has no such event:
people who only looked on when a public room became private, and those who watch a room's presence
without following its stream.
"""

import asyncio
import logging

from hub.door.sessions import Session
from hub.fanout.fanout import Fanout
from hub.presence import Presence
from rooms.errors import Unavailable
from rooms.ids import room_stream
from storage.backends import Pool
from storage.rooms.strangers import strangers

log = logging.getLogger(__name__)

LOOK_S = 1.5
"""P14: within 2 s."""


class Strangers:
    """Sends away who may not see a room any more. Its owner runs `run`.

    Args:
        pool: knows who is a member.
        fanout: who follows which room.
        presence: who watches who is there.
    """

    def __init__(self, pool: Pool, fanout: Fanout, presence: Presence) -> None:
        self._pool = pool
        self._fanout = fanout
        self._presence = presence
        self._closed: set[str] = set()
        """Rooms' streams whose followers have yet to be looked at."""
        self._closed_before: set[str] = set()
        """Once more: somebody may have come in by what was so a moment before."""
        self._wake = asyncio.Event()

    def closed(self, stream: str) -> None:
        """A room that is followed here is not public."""
        self._closed.add(stream)
        self._wake.set()

    def put_out(self, session: Session, stream: str) -> None:
        """A socket was made to stop following a room: it is not there, and watches nobody there."""
        room_id = stream.partition(":")[2]
        self._presence.left(session, room_id)
        place = self._presence.watched.places.get(room_id)
        if place is not None:
            place.watchers.discard(session)

    async def run(self) -> None:
        """Looks for ever."""
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self.look()
            except Unavailable:
                log.debug("strangers.postponed")
            except Exception:  # the loop that must live
                log.exception("strangers.failed")

    async def look(self) -> None:
        """Asks for all there are in one query, and sends those away who may not be there.

        Raises:
            Unavailable: PostgreSQL does not answer; they are looked at next time.
        """
        closed = self._closed | self._closed_before
        there = {
            (stream.partition(":")[2], session.principal.user_id)
            for stream in closed
            for session in self._fanout.followers(stream)
        }
        there |= {
            (room_id, session.principal.user_id)
            for room_id, place in self._presence.watched.places.items()
            for session in place.watchers
            if room_stream(room_id) not in session.streams
        }
        new, self._closed = self._closed, set()
        try:
            found = await strangers(self._pool, there) if there else []
        except Unavailable:
            self._closed |= new
            raise
        self._closed_before = new
        for room_id, user_id in found:
            self._fanout.evict(room_stream(room_id), user_id)
            place = self._presence.watched.places.get(room_id)
            if place is not None:
                place.watchers -= {s for s in place.watchers if s.principal.user_id == user_id}

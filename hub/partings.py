"""Notices who is gone from a room that minds: its host, whom a start waits for, who has a vote.

Every node that sees it says so; the rules (rooms/playback/host_loss.py and departure.py) take them
as one. A node that dies with its sockets is missed by the others, so nobody is lost unseen while
anybody else is in his room.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from hub.timers import SYSTEM
from rooms.errors import HubError
from rooms.playback.departure import ListenerGone
from rooms.playback.host_loss import HostLost
from storage.backends import Pool
from storage.commit import Committer
from storage.rooms.partings import Parting, minded

log = logging.getLogger(__name__)

MOST_PARTED = 20_000
"""Beyond this the newest are let go: a room then waits for somebody to claim it, a start for its
deadline, a vote for the next one."""
AT_ONCE = 1_000
AGAIN_S = 1.0


class Partings:
    """Whoever left a room, until it is known whether it minds. Open with `open_partings`."""

    def __init__(
        self, pool: Pool, committer: Committer, listening: Callable[[str], tuple[str, ...]]
    ) -> None:
        """`listening(room_id)`: who hears a room's music, as far as this node knows."""
        self._pool = pool
        self._committer = committer
        self._listening = listening
        self._parted: dict[tuple[str, str], None] = {}
        self._wake = asyncio.Event()

    def parted(self, room_id: str, user_ids: Sequence[str]) -> None:
        """These users are not seen in the room any more, are about to be gone, or left it."""
        for user_id in user_ids:
            if len(self._parted) < MOST_PARTED:
                self._parted[(room_id, user_id)] = None
        self._wake.set()

    async def run(self) -> None:
        """Looks for those who are minded for ever; owned by `open_partings`."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._parted:
                pairs = list(self._parted)[:AT_ONCE]
                for pair in pairs:
                    del self._parted[pair]
                try:
                    found = await minded(self._pool, pairs)
                    # One look at a room's vote is enough, however many have gone at once.
                    voting = {each.room_id: each for each in found if each.has_vote}
                    gone = [e for e in found if e.is_waited_for or voting.get(e.room_id) is e]
                    await asyncio.gather(
                        *(self._lose_host(each) for each in found if each.is_host),
                        *(self._lose_listener(each) for each in gone),
                    )
                except HubError as error:  # PostgreSQL is away: nobody is forgotten meanwhile
                    log.warning("partings.look_failed", extra={"code": error.code})
                    self._parted = dict.fromkeys(pairs) | self._parted
                    await asyncio.sleep(AGAIN_S)

    async def _lose_host(self, parting: Parting) -> None:
        room_id = parting.room_id
        lost = HostLost(room_id=room_id, user_id=parting.user_id)
        await self._committer.submit("host:lost", lost, room_id=room_id, actor=SYSTEM)

    async def _lose_listener(self, parting: Parting) -> None:
        room_id = parting.room_id
        gone = ListenerGone(room_id=room_id, user_id=parting.user_id)
        present = self._listening(room_id)
        await self._committer.submit(
            "listener:gone", gone, room_id=room_id, actor=SYSTEM, present=present
        )


@asynccontextmanager
async def open_partings(partings: Partings) -> AsyncIterator[Partings]:
    """Watches who is gone while the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(partings.run(), name="partings")
        try:
            yield partings
        finally:
            task.cancel()

"""Notices when the host of a room is gone, and begins his grace (rooms/playback/host_loss.py).

Every node that sees it says so; the rule takes them as one. A node that dies with the host on it is
missed by the others, so a host is never lost unseen while anybody else is in his room.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hub.timers import SYSTEM
from rooms.errors import HubError
from rooms.playback.host_loss import HostLost
from storage.backends import Pool
from storage.commit import Committer
from storage.rooms.hosts import hosts_among

log = logging.getLogger(__name__)

MOST_PARTED = 20_000
"""Beyond this the newest are let go: a room then waits for somebody to claim it."""
AT_ONCE = 1_000
AGAIN_S = 1.0


class Hosts:
    """Whoever left a room, until it is known whether he was its host. Open with `open_hosts`."""

    def __init__(self, pool: Pool, committer: Committer) -> None:
        self._pool = pool
        self._committer = committer
        self._parted: dict[tuple[str, str], None] = {}
        self._wake = asyncio.Event()

    def parted(self, room_id: str, user_ids: Sequence[str]) -> None:
        """These users are not seen in the room any more, are about to be gone, or left it."""
        for user_id in user_ids:
            if len(self._parted) < MOST_PARTED:
                self._parted[(room_id, user_id)] = None
        self._wake.set()

    async def run(self) -> None:
        """Looks for hosts among them for ever; owned by `open_hosts`."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._parted:
                pairs = list(self._parted)[:AT_ONCE]
                try:
                    lost = await hosts_among(self._pool, pairs)
                    await asyncio.gather(*(self._lose(*pair) for pair in lost))
                except HubError as error:  # PostgreSQL is away: nobody is forgotten meanwhile
                    log.warning("hosts.look_failed", extra={"code": error.code})
                    await asyncio.sleep(AGAIN_S)
                    continue
                for pair in pairs:
                    del self._parted[pair]

    async def _lose(self, room_id: str, user_id: str) -> None:
        lost = HostLost(room_id=room_id, user_id=user_id)
        await self._committer.submit("host:lost", lost, room_id=room_id, actor=SYSTEM)


@asynccontextmanager
async def open_hosts(hosts: Hosts) -> AsyncIterator[Hosts]:
    """Watches hosts while the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(hosts.run(), name="hosts")
        try:
            yield hosts
        finally:
            task.cancel()

"""All broadcasts that this process pulls, by stream key.

One is pulled for as long as somebody publishes it: the RTMP server tells who comes and who goes.
It numbers its connections. One that it refuses, because another publishes with the same key, comes
and goes too, and must not end the other.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media.live.on_air import OnAir
from media.live.publisher import Credential
from media.rtmp.pull import Pull, open_pull
from rooms.errors import HubError
from storage.live.live import LiveRow, Lives

log = logging.getLogger(__name__)

MAX_PULLS = 100
"""Of one process; each is a child with some 60 MB of memory and 1 % of a core."""
ENDED_LASTS_S = 20 * 60.0
"""Longer than OBS ever waits between two attempts to publish again."""
MAX_ENDED = 10_000


class _Session:
    """A broadcast that is being pulled."""

    def __init__(self, live: LiveRow) -> None:
        self.live = live
        self.clients: set[str] = set()
        self.pull: Pull | None = None
        self.is_over = False


class Pulls:
    """Starts and ends pulling. Open it with `open_pulls`.

    Args:
        lives: numbers publications.
        on_air: where the sound goes.
        url: address of a broadcast on the RTMP server, with `{key}` for its key.
    """

    def __init__(self, lives: Lives, on_air: OnAir, url: str) -> None:
        self._lives = lives
        self._on_air = on_air
        self._url = url
        self._sessions: dict[str, _Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: dict[str, float] = {}
        self._displaced: set[str] = set()

    def live_of(self, key: str) -> LiveRow | None:
        """The broadcast that is pulled with this key."""
        session = self._sessions.get(key)
        return None if session is None else session.live

    def begin(self, key: str, live: LiveRow, client: str) -> None:
        """Pulls a broadcast, if it is not being pulled already.

        Args:
            key: of the broadcaster; its form has been checked.
            live: what his sound is for.
            client: the RTMP server's number of his connection.

        Raises:
            HubError: BUSY, no more can be pulled.
        """
        session = self._sessions.get(key)
        if session is not None:
            session.clients.add(client)
            return
        if len(self._sessions) >= MAX_PULLS:
            raise HubError("No more publishers can be taken.", "BUSY", status=503)
        session = self._sessions[key] = _Session(live)
        session.clients.add(client)
        task = asyncio.create_task(self._run(key, session), name=f"rtmp-{live.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self, key: str, client: str) -> None:
        """A connection is over; with the last one of a key its broadcast loses its publisher."""
        session = self._sessions.get(key)
        if session is None:
            return
        session.clients.discard(client)
        if not session.clients:
            await self._forget(key, session)

    def was_ended(self, key: str) -> bool:
        """Whether a broadcast was ended under a publisher who has tried to go on ever since.

        His program knocks again by itself: that must not put him on air anew. Asking counts as
        another attempt.
        """
        now_s = time.monotonic()
        at_s = self._ended.pop(key, None)
        if at_s is None or now_s - at_s > ENDED_LASTS_S:
            return False
        self._ended[key] = now_s
        return True

    def is_displaced(self, key: str, live: LiveRow) -> bool:
        """Whether another connection took his place and has it still.

        His program does not know and knocks again: then the two would take turns for ever.
        """
        if key in self._displaced and not self._on_air.is_published(live.id):
            self._displaced.discard(key)
        return key in self._displaced

    def begin_anew(self, key: str) -> None:
        """He has announced another broadcast: what was before does not count."""
        self._ended.pop(key, None)

    async def close(self) -> None:
        """Ends all of it."""
        for key, session in list(self._sessions.items()):
            await self._forget(key, session)
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _forget(self, key: str, session: _Session) -> None:
        session.is_over = True
        if self._sessions.get(key) is session:
            del self._sessions[key]
        if session.pull is not None:
            await session.pull.close()

    async def _run(self, key: str, session: _Session) -> None:
        live = session.live
        try:
            number = await self._lives.next_publication(live.id)
            log.info("rtmp.accepted", extra={"live_id": live.id, "publication": number})
            async with open_pull(self._url.format(key=key)) as session.pull:
                if not session.is_over:
                    await self._on_air.publish(
                        live, number, session.pull, Credential(live.user_id, key=key)
                    )
            if not session.is_over:
                if self._on_air.is_published(live.id):
                    self._displaced.add(key)
                await self._note_end(key, live.id)
        except HubError:
            log.warning("rtmp.session_failed", extra={"live_id": live.id}, exc_info=True)
        finally:
            log.info("rtmp.over", extra={"live_id": live.id})
            await self._forget(key, session)

    async def _note_end(self, key: str, live_id: str) -> None:
        found = await self._lives.find(live_id)
        if found is None or found.status == "ended":
            while len(self._ended) >= MAX_ENDED:
                del self._ended[next(iter(self._ended))]
            self._ended[key] = time.monotonic()


@asynccontextmanager
async def open_pulls(lives: Lives, on_air: OnAir, url: str) -> AsyncIterator[Pulls]:
    """Pulling, while the block lasts."""
    pulls = Pulls(lives, on_air, url)
    try:
        yield pulls
    finally:
        await pulls.close()

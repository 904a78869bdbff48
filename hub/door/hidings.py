"""Whom blocks hide from the people of this node, kept up with what PostgreSQL says.

A socket knows whom its user is not to see (`Session.hidden`) from its arrival on. PostgreSQL says
when that changes (`storage/accounts/news.py`); after a gap in hearing everybody is asked for.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from hub.door.sessions import Session, Sessions
from rooms.errors import Unavailable
from storage.moderation.blocks import Blocks
from storage.postgres import answering

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
CHUNK = 1_000

Changed = Callable[[Session, frozenset[str]], None]
"""Told of a socket whose `hidden` is another now, with what it was."""


class Hidings:
    """Keeps `Session.hidden`. Its owner runs `run`."""

    def __init__(self, sessions: Sessions, blocks: Blocks, on_changed: Changed) -> None:
        self._sessions = sessions
        self._blocks = blocks
        self._on_changed = on_changed
        self._said: set[str] = set()
        self._again: set[str] = set()
        """Said half a second ago: whoever was just coming in is in by now."""
        self._wake = asyncio.Event()

    def hear(self, pair: str) -> None:
        """Takes the ids of two people between whom a block was made or taken back."""
        self._said.update(pair.split())
        self._wake.set()

    def hear_all(self) -> None:
        """Anybody's blocks may have changed."""
        self._said.update(session.principal.user_id for session in self._sessions)
        self._wake.set()

    async def run(self) -> None:
        """Looks for ever."""
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                with answering():
                    await self._look()
            except Unavailable:
                log.info("hidings.unchecked")
            except Exception:  # the loop that must live
                log.exception("hidings.failed")

    async def _look(self) -> None:
        said, self._said = self._said, set()
        suspects = said | self._again
        try:
            await self._read(user for user in suspects if self._sessions.of_user(user))
        except BaseException:
            self._said |= suspects
            raise
        self._again = said

    async def _read(self, user_ids: Iterable[str]) -> None:
        users = list(user_ids)
        for first in range(0, len(users), CHUNK):
            found = await self._blocks.hidden_of(users[first : first + CHUNK])
            for user_id, hidden in found.items():
                for session in self._sessions.of_user(user_id):
                    if session.hidden != hidden:
                        before, session.hidden = session.hidden, hidden
                        self._on_changed(session, before)

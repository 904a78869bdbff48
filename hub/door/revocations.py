"""Sockets whose sign-in has ended elsewhere are closed within a second: logout, ban, new password.

PostgreSQL says which sign-ins have ended (`storage/accounts/news.py`), so that
nobody else has to be asked for. While it cannot be heard, everybody is asked for each second.
"""

import asyncio
import logging
from collections.abc import Iterable

from hub.door.sessions import Session, Sessions
from rooms.errors import Unavailable
from storage.accounts.news import News
from storage.accounts.sessions import Sessions as SignIns

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
SWEEP_EVERY_S = 60.0
"""Everybody is asked for this often although nothing was said: sign-ins also end by their time."""
SWEEP_UNHEARD_S = 1.0
CHUNK = 1_000


class Revocations:
    """Ends sockets of this node. Its owner runs `run`."""

    def __init__(self, sessions: Sessions, sign_ins: SignIns) -> None:
        self._sessions = sessions
        self._sign_ins = sign_ins
        self._said: set[str] = set()
        """Ids of sessions and users that something was said about."""
        self._again: set[str] = set()
        """The same, half a second old: whoever was just coming in is in by now."""
        self._wake = asyncio.Event()
        self._next_sweep_s = 0.0

    def hear(self, session_or_user_id: str) -> None:
        """Takes the id of a session that has ended, or of a user whose account has changed."""
        self._said.add(session_or_user_id)
        self._wake.set()

    async def run(self, news: News) -> None:
        """Looks for ever; its owner runs it."""
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
                await self._look(is_heard=news.is_heard)
            except Unavailable:
                log.info("revocations.unchecked")
            except Exception:  # the loop that must live
                log.exception("revocations.failed")

    async def _look(self, *, is_heard: bool) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._next_sweep_s:
            await self._end_ended(self._sessions)
            self._next_sweep_s = now_s + (SWEEP_EVERY_S if is_heard else SWEEP_UNHEARD_S)
        elif not is_heard:
            # What ends from now until it is heard again is found by the sweep after that.
            self._next_sweep_s = min(self._next_sweep_s, now_s + SWEEP_UNHEARD_S)
        said, self._said = self._said, set()
        suspects = said | self._again
        if suspects:
            try:
                await self._end_ended(
                    session
                    for session in self._sessions
                    if session.principal.session_id in suspects
                    or session.principal.user_id in suspects
                )
            except BaseException:
                self._said |= said
                raise
            self._again = said

    async def _end_ended(self, sessions: Iterable[Session]) -> None:
        by_sign_in: dict[str, list[Session]] = {}
        for session in sessions:
            by_sign_in.setdefault(session.principal.session_id, []).append(session)
        sign_ins = list(by_sign_in)
        for first in range(0, len(sign_ins), CHUNK):
            for ended in await self._sign_ins.ended(sign_ins[first : first + CHUNK]):
                for session in by_sign_in[ended]:
                    session.end("token_revoked")

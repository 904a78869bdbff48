"""What PostgreSQL says by itself about sign-ins: which have ended, whose account was closed.

The triggers of migration 0010 say it with the commit. A notification is a hint: who hears it asks
`storage.accounts.sessions`. While the connection is away `is_heard` is False, and the one who has
to know asks for everybody.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

log = logging.getLogger(__name__)

SESSION_ENDED = "session_ended"
USER_CHANGED = "user_changed"
CONNECT_TIMEOUT_S = 5.0
PROBE_EVERY_S = 10.0
"""A connection that died without a word is found by then; until then nothing would be heard."""
RECONNECT_S = 0.5

_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class EndedSessions:
    """Listens for ended sign-ins. Open it with `open_ended_sessions`.

    Args:
        database_url: leads to the server itself: LISTEN passes no pooler of transactions.
        hear_session: takes the id of a session that has ended.
        hear_user: takes the id of a user whose account was closed or opened.
    """

    def __init__(
        self,
        database_url: str,
        hear_session: Callable[[str], None],
        hear_user: Callable[[str], None],
    ) -> None:
        self._database_url = database_url
        self._hear = {SESSION_ENDED: hear_session, USER_CHANGED: hear_user}
        self.is_heard = False
        """Whether nothing is missed at the moment."""

    async def run(self) -> None:
        """Listens for ever; owned by `open_ended_sessions`."""
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            with suppress(*_AWAY):
                await self._listen()
            if self.is_heard:
                log.warning("ended_sessions.lost")
            self.is_heard = False
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(
            self._database_url,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=CONNECT_TIMEOUT_S,
            server_settings={"application_name": "veza-ended-sessions"},
        )
        try:
            for channel in self._hear:
                await connection.add_listener(channel, self._take)
            self.is_heard = True
            gone = asyncio.Event()
            connection.add_termination_listener(lambda _: gone.set())
            while not gone.is_set():
                try:
                    async with asyncio.timeout(PROBE_EVERY_S):
                        await gone.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1")
        finally:
            connection.terminate()

    def _take(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        self._hear[channel](str(payload))


@asynccontextmanager
async def open_ended_sessions(
    database_url: str,
    hear_session: Callable[[str], None],
    hear_user: Callable[[str], None],
) -> AsyncIterator[EndedSessions]:
    """Listens while the block lasts."""
    ended = EndedSessions(database_url, hear_session, hear_user)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(ended.run(), name="ended-sessions")
        try:
            yield ended
        finally:
            task.cancel()

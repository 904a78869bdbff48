"""What PostgreSQL says by itself of people: sign-ins that have ended, accounts, blocks, presence.

The triggers of migrations 0010 and 0019 say it with the commit. News is a hint: who hears it asks
the table that it is about. While the connection is away `is_heard` is False, and what was said
meanwhile is lost.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

log = logging.getLogger(__name__)

SESSION_ENDED = "session_ended"
"""With the id of a session that has ended."""
USER_CHANGED = "user_changed"
"""With the id of a user whose account was closed or opened."""
USER_BLOCKED = "user_blocked"
"""With the ids of two people, of whom one has blocked or let back the other; a space between."""
PRESENCE_CHOSEN = "presence_chosen"
"""With the id of a user who shows something else of himself."""
CONNECT_TIMEOUT_S = 5.0
PROBE_EVERY_S = 10.0
"""A connection that died without a word is found by then; until then nothing would be heard."""
RECONNECT_S = 0.5

_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

Hear = Callable[[str], None]


class News:
    """Listens for news. Open it with `open_news`.

    Args:
        database_url: leads to the server itself: LISTEN passes no pooler of transactions.
        hear: who takes what, by subject.
        on_heard_again: told when something may have been missed and nothing is any more.
    """

    def __init__(
        self,
        database_url: str,
        hear: Mapping[str, Hear],
        on_heard_again: Callable[[], None],
    ) -> None:
        self._database_url = database_url
        self._hear = hear
        self._on_heard_again = on_heard_again
        self.is_heard = False
        """Whether nothing is missed at the moment."""

    async def run(self) -> None:
        """Listens for ever; owned by `open_news`."""
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            with suppress(*_AWAY):
                await self._listen()
            if self.is_heard:
                log.warning("news.lost")
            self.is_heard = False
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(
            self._database_url,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=CONNECT_TIMEOUT_S,
            server_settings={"application_name": "veza-news"},
        )
        try:
            for channel in self._hear:
                await connection.add_listener(channel, self._take)
            self.is_heard = True
            self._on_heard_again()
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
async def open_news(
    database_url: str, hear: Mapping[str, Hear], on_heard_again: Callable[[], None]
) -> AsyncIterator[News]:
    """Listens while the block lasts."""
    news = News(database_url, hear, on_heard_again)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(news.run(), name="news")
        try:
            yield news
        finally:
            task.cancel()

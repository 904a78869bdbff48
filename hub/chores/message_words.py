"""A worker's loop that makes new messages findable, a second or two after they were said."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rooms.errors import Unavailable
from storage.messages.words import MessageWords

log = logging.getLogger(__name__)

EVERY_S = 1.0


@asynccontextmanager
async def open_message_words(words: MessageWords, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Adds the words of new messages every `every_s` while the block runs."""
    async with asyncio.TaskGroup() as tasks:
        filling = tasks.create_task(_fill_on(words, every_s), name="message-words")
        try:
            yield
        finally:
            filling.cancel()


async def _fill_on(words: MessageWords, every_s: float) -> None:
    while True:
        try:
            while await words.fill():
                pass
        except Unavailable:
            log.warning("message_words.postponed")
        await asyncio.sleep(every_s)

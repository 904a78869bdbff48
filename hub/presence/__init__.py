"""Who is where: this node's sockets told to all nodes, everybody's put together, changes sent out.

`here` knows this node's own sockets, `place` what all nodes say of one room and how watchers see
it, `presence` lets the two meet and keeps Redis in the picture, `calls` answers what people ask.

What is true travels three ways. A node puts what has changed into Redis, and says it on the room's
channel, from which the others take it at once. Who begins to watch a place reads Redis. And every
half minute all of it is written and read once more, so that whatever was lost is mended. Without
Redis a node shows its own sockets, and others' for as long as their lease goes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.presence.calls import PresenceCalls
from hub.presence.presence import Presence
from hub.presence.showing import Showing
from hub.presence.telling import HINT

__all__ = ["HINT", "Presence", "PresenceCalls", "Showing", "open_presence"]


@asynccontextmanager
async def open_presence(presence: Presence) -> AsyncIterator[Presence]:
    """Runs presence while the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(presence.run(), name="presence")
        try:
            yield presence
        finally:
            task.cancel()

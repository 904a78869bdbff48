"""A fan-out that runs while a block lasts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.fanout.fanout import Fanout
from storage.log import Log
from storage.recoveries import Recoveries


@asynccontextmanager
async def open_fanout(
    stream_log: Log, recoveries: Recoveries | None = None
) -> AsyncIterator[Fanout]:
    """A running fan-out; `attach` it to a bus before sockets join.

    With `recoveries` each durable event carries an offset (hub/recovery).
    """
    fanout = Fanout(stream_log, recoveries)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(fanout.watch.run(), name="log-watch")
        try:
            yield fanout
        finally:
            task.cancel()

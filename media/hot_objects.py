"""Segments that many ask for at the same time, kept in memory for a while: bounded, per process.

A room of listeners asks for the same segment within a second. What is behind a key never changes
(an attempt's folder is written once), so nothing has to be checked.
"""

import asyncio
from collections import OrderedDict

from storage.objects import ObjectStore

MAX_BYTES = 64 * 1024 * 1024
"""Beyond, what was asked for longest ago goes."""
MAX_OBJECT_BYTES = 4 * 1024 * 1024
"""A segment of the lossless rung is about 600 KB; larger objects are streamed, never kept."""


class HotObjects:
    """Whole objects by key; concurrent readers of a key share one read."""

    def __init__(self, objects: ObjectStore, max_bytes: int = MAX_BYTES) -> None:
        self._objects = objects
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._reading: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, key: str) -> bytes:
        """The object's bytes. Raises as `ObjectStore.read`."""
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(self._read(key), name="hot-object")
            task.add_done_callback(lambda _: self._reading.pop(key, None))
        # One reader that goes away does not take the others' answer with him.
        return await asyncio.shield(task)

    async def read_now(self, key: str) -> bytes:
        """The object as it is at this moment, for what may still change; not kept."""
        return await self._objects.read(key)

    async def _read(self, key: str) -> bytes:
        data = await self._objects.read(key)
        if len(data) <= MAX_OBJECT_BYTES and key not in self._kept:
            self._kept[key] = data
            self._kept_bytes += len(data)
            while self._kept_bytes > self._max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._kept_bytes -= len(oldest)
        return data

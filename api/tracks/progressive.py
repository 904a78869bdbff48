"""One rung of a track as one file: its init segment and all its segments, end to end.

That is a fragmented MP4 as it stands (ISO/IEC 14496-12 §8.8), so nothing is made or stored twice:
an `audio` element plays it, and a byte range of it is a range of a few segments.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator

from msgspec import Struct

from rooms.errors import NotFound
from storage.objects.objects import ObjectMissing, ObjectStore
from storage.tracks.media import TrackMedia
from storage.uploads.media_facts import RungFacts

KEPT = 500
"""Layouts in memory: 10 minutes of music are some 160 numbers."""
AT_ONCE = 16
"""Questions to the object store at a time."""

STEPS = ("lossless", "high", "medium", "low")
"""Qualities, the best first."""


class Layout(Struct, frozen=True):
    """The pieces of one file in order."""

    keys: tuple[str, ...]
    sizes: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        return sum(self.sizes)


def closest(rungs: tuple[RungFacts, ...], quality: str) -> RungFacts | None:
    """The rung of this quality, else the best below it, else the least one above."""
    by_name = {rung.name: rung for rung in rungs}
    place = STEPS.index(quality)
    for name in (*STEPS[place:], *reversed(STEPS[:place])):
        if name in by_name:
            return by_name[name]
    return None


class Progressive:
    """Reads such files from the object store."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._layouts: OrderedDict[str, Layout] = OrderedDict()

    async def layout(self, track: TrackMedia, rung: RungFacts) -> Layout:
        """Where the bytes are; files of one attempt never change. Raises NotFound without any."""
        folder = f"{track.prefix}/{rung.name}"
        kept = self._layouts.get(folder)
        if kept is not None:
            self._layouts.move_to_end(folder)
            return kept
        names = ["init.mp4", *(f"segment_{number:03}.m4s" for number in range(rung.segments))]
        keys = tuple(f"{folder}/{name}" for name in names)
        layout = Layout(keys, await self._sizes(keys))
        self._layouts[folder] = layout
        if len(self._layouts) > KEPT:
            self._layouts.popitem(last=False)
        return layout

    async def read(self, layout: Layout, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes `start` to `end` (exclusive) of the file, piece by piece."""
        offset = 0
        for key, size in zip(layout.keys, layout.sizes, strict=True):
            first, last = max(start - offset, 0), min(end - offset, size)
            if first < last:
                async for piece in self._objects.stream(key, first, last):
                    yield piece
            offset += size

    async def _sizes(self, keys: tuple[str, ...]) -> tuple[int, ...]:
        places = asyncio.Semaphore(AT_ONCE)

        async def size(key: str) -> int:
            async with places:
                return (await self._objects.stat(key)).size_bytes

        try:
            return tuple(await asyncio.gather(*(size(key) for key in keys)))
        except ObjectMissing as exc:
            raise NotFound("The files of this track have been replaced. Ask again.") from exc

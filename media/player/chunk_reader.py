"""Reads the chunks of open players, through the cache of pieces that many want at once."""

from collections.abc import Iterator

from msgspec import Struct

from media.hls.segment_cache import SegmentCache
from media.player.player import Player, Wanted
from media.transcode.track_files import segment_name
from rooms.errors import Gone
from storage.objects.objects import ObjectMissing, ObjectStore
from storage.uploads.media_facts import RungFacts

PART_BYTES = 256 * 1024
"""Largest binary attachment; what is longer comes in parts. Only lossless chunks are."""


class Chunk(Struct, frozen=True):
    """One whole fragment, ready to be appended to a decoder's buffer."""

    index: int
    start_ms: int
    duration_ms: int
    rung: RungFacts
    is_last: bool
    init_bytes: int
    """So much of `data`, at its start, is the init segment of the rung; mostly 0."""
    data: bytes

    def parts(self) -> Iterator[bytes]:
        """The data in pieces of at most `PART_BYTES`; one piece for any lossy chunk."""
        for at in range(0, max(len(self.data), 1), PART_BYTES):
            yield self.data[at : at + PART_BYTES]

    @property
    def part_count(self) -> int:
        """How many `parts` there are."""
        return max(1, -(-len(self.data) // PART_BYTES))


class ChunkReader:
    """Chunks out of the object store."""

    def __init__(self, objects: ObjectStore, cache: SegmentCache) -> None:
        self._objects = objects
        self.cache = cache
        """The pieces; one for all ways in which a node sends them."""

    async def read(self, player: Player, wanted: Wanted) -> Chunk:
        """The chunk that `player.take_next` named.

        Raises:
            Gone: its files have been replaced or deleted; opening a new player helps, or says why.
            Unavailable: the store does not answer.
        """
        folder = f"{player.prefix}/{wanted.rung.name}"
        data = await self._piece(f"{folder}/{segment_name(wanted.index)}")
        init = await self._piece(f"{folder}/init.mp4") if wanted.has_init else b""
        timeline = player.timeline
        return Chunk(
            index=wanted.index,
            start_ms=timeline.start_ms(wanted.index),
            duration_ms=timeline.length_ms(wanted.index),
            rung=wanted.rung,
            is_last=timeline.is_last(wanted.index),
            init_bytes=len(init),
            data=init + data,
        )

    async def _piece(self, key: str) -> bytes:
        async def load() -> bytes:
            return await self._objects.read(key)

        try:
            return await self.cache.get(key, load)
        except ObjectMissing as missing:
            raise Gone("This version of the track is gone. Open it again.") from missing

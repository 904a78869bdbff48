"""Makes a track of a broadcast that is over: its segments, one after the other, as one file.

Nothing is decoded: the fragments of all takes are put behind each other, with their times counted
on, and go the way of an uploaded file from there.
"""

import asyncio
import hashlib
import logging
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import uuid_utils

from media.live.window import init_key, segment_key
from rooms.errors import HubError, Unavailable
from storage.live.recordings import EndedLive, Recordings
from storage.objects.objects import ObjectMissing, ObjectStore
from storage.uploads.new_tracks import NewTrack

log = logging.getLogger(__name__)

LOOK_S = 2.0
FORMAT = "m4a"

Announce = Callable[[EndedLive, str], Awaitable[None]]
"""`await announce(live, track_id)`: `live:recorded`, committed."""


class Recorder:
    """Looks for broadcasts that are over. `run` is owned by the process.

    Args:
        recordings: what is to be done.
        objects: segments in, recordings out.
        is_made: whether segments of a broadcast may still be written.
        announce: tells the room.
    """

    def __init__(
        self,
        recordings: Recordings,
        objects: ObjectStore,
        is_made: Callable[[str], bool],
        announce: Announce,
    ) -> None:
        self._recordings = recordings
        self._objects = objects
        self._is_made = is_made
        self._announce = announce

    async def run(self) -> None:
        """Looks and works for ever."""
        while True:
            try:
                for live in await self._recordings.waiting():
                    if not self._is_made(live.id):
                        await self._record(live)
            except Unavailable:
                log.info("recording.postponed")
            except Exception:  # the loop that must live: the next look tries again
                log.exception("recording.failed")
            await asyncio.sleep(LOOK_S)

    async def _record(self, live: EndedLive) -> None:
        track_id = live.recording_track_id or await self._make(live)
        if track_id is not None:
            try:
                await self._announce(live, track_id)
            except HubError as error:
                if error.temporary:
                    raise
                # The room was deleted: the recording is there all the same.
                log.info("recording.untold", extra={"live_id": live.id, "code": error.code})
        await self._recordings.finish(live.id)
        log.info("recording.done", extra={"live_id": live.id, "track_id": track_id})

    async def _make(self, live: EndedLive) -> str | None:
        """The track; None when nothing was ever heard."""
        track_id = str(uuid_utils.uuid7())
        key = f"originals/{track_id}/source"
        digest = hashlib.sha256()
        size_bytes = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal size_bytes
            async for piece in recording_of(self._objects, live.id, live.publication):
                digest.update(piece)
                size_bytes += len(piece)
                yield piece

        await self._objects.put(key, body())
        if size_bytes == 0:
            await self._objects.delete(key)
            return None
        new = NewTrack(
            id=track_id,
            creator_id=live.user_id,
            title=live.title,
            artist=live.streamer_name,
            filename=f"{live.title[:200]}.{FORMAT}",
            original_key=key,
            original_sha256=digest.digest(),
            file_size=size_bytes,
            format=FORMAT,
            is_public=live.is_public,
        )
        try:
            made = await self._recordings.add(live.id, new)
        except BaseException:
            await self._objects.delete(key)
            raise
        if made != track_id:
            await self._objects.delete(key)
        return made


async def recording_of(
    objects: ObjectStore, live_id: str, last_publication: int
) -> AsyncIterator[bytes]:
    """The file, piece by piece; nothing when there are no segments."""
    offset = 0
    is_first = True
    for take in range(1, last_publication + 1):
        index, end = 0, offset
        while (data := await _read(objects, segment_key(live_id, take, index))) is not None:
            if is_first:
                yield await objects.read(init_key(live_id, take))
                is_first = False
            moved, end = moved_by(data, offset)
            yield moved
            index += 1
        offset = end


def moved_by(segment: bytes, samples: int) -> tuple[bytes, int]:
    """A segment of media/hls/fmp4.py that starts `samples` later, and the time at which it ends."""
    time_at = segment.index(b"tfdt") + 8
    (start,) = struct.unpack_from(">Q", segment, time_at)
    (frame_samples,) = struct.unpack_from(">I", segment, segment.index(b"tfhd") + 12)
    (frames,) = struct.unpack_from(">I", segment, segment.index(b"trun") + 8)
    moved = bytearray(segment)
    struct.pack_into(">Q", moved, time_at, start + samples)
    return bytes(moved), start + samples + frames * frame_samples


async def _read(objects: ObjectStore, key: str) -> bytes | None:
    try:
        return await objects.read(key)
    except ObjectMissing:
        return None

"""One broadcast of the RTMP server, heard by a child: a publisher for media/live/on_air.py."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from media.child.messages import MAX_HEARD_SAMPLES, PullRequest, RefusedMessage, SoundHeard
from media.child.sandbox import ChildFailed, start_child
from media.live.publisher import PeerGone
from media.live.sound_line import Sound

log = logging.getLogger(__name__)

THERE_WITHIN_S = 10.0
"""The server tells of a publisher before it has his first sound."""
START_S = 5.0
"""What a child may take to get ready, on the busiest machine."""
SILENT_MS = 60_000
"""Longer than media/live/on_air.py puts up with silence: it is who gives up."""
MAX_WAITING = 250
"""Some five seconds of sound; while nobody takes it, the oldest is lost."""


class Pull:
    """A broadcast that is being pulled. Made by `open_pull`."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._heard: asyncio.Queue[tuple[int, Sound]] = asyncio.Queue(MAX_WAITING)
        self._has_sound = asyncio.Event()
        self._over = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    async def connected(self) -> None:
        """Waits for the first sound. Raises `PeerGone` when there is none in time."""
        try:
            async with asyncio.timeout(self._within_s + START_S):
                await self._has_sound.wait()
        except TimeoutError:
            raise PeerGone from None
        if self._over.is_set():
            raise PeerGone

    async def receive(self) -> tuple[int, Sound]:
        """The next piece: number of its first sample, and the sound. Raises `PeerGone`."""
        if self._over.is_set():
            raise PeerGone
        stamp, sound = await self._heard.get()
        if self._over.is_set():
            raise PeerGone
        return stamp, sound

    async def close(self) -> None:
        """Lets go of it; twice is fine."""
        self._end()
        if self._reader is not None:
            self._reader.cancel()

    def read_by(self, reader: "asyncio.Task[None]") -> None:
        """Names the task that `close` ends."""
        self._reader = reader
        if self._over.is_set():
            reader.cancel()

    async def read(self, url: str) -> None:
        """Hears the broadcast until it ends; owned by `open_pull`."""
        try:
            await self._read(url)
        except ChildFailed:
            pass  # it has been logged; for the broadcast this is a publisher who left
        finally:
            self._end()

    async def _read(self, url: str) -> None:
        request = PullRequest(url, int(self._within_s * 1_000))
        async with start_child("pull", None, silent_ms=SILENT_MS) as child:
            async for message in await child.ask(request):
                if isinstance(message, RefusedMessage):
                    log.warning("rtmp.not_heard", extra={"code": message.code[:32]})
                if not isinstance(message, SoundHeard):
                    return
                if len(message.data) % 4 or len(message.data) > 4 * MAX_HEARD_SAMPLES:
                    log.error("rtmp.strange_sound", extra={"size_bytes": len(message.data)})
                    return
                self._put(message.stamp, np.frombuffer(message.data, np.int16).reshape(-1, 2))

    def _put(self, stamp: int, sound: Sound) -> None:
        if self._heard.full():
            self._heard.get_nowait()
        self._heard.put_nowait((stamp, sound))
        self._has_sound.set()

    def _end(self) -> None:
        """Whoever waits is told: by an event, and by a last piece that says nothing."""
        if not self._over.is_set():
            self._over.set()
            self._put(0, np.zeros((0, 2), np.int16))


@asynccontextmanager
async def open_pull(url: str, within_s: float = THERE_WITHIN_S) -> AsyncIterator[Pull]:
    """Pulls a broadcast while the block lasts.

    Args:
        url: of the RTMP server; it holds a key and is written nowhere.
        within_s: how long the server may have no sound of it.
    """
    pull = Pull(within_s)
    async with asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(pull.read(url), name="rtmp-pull")
        pull.read_by(reader)
        try:
            yield pull
        finally:
            reader.cancel()

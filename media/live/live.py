"""One broadcast on its way: sound in, AAC segments of a second in the object store.

The encoder runs by this machine's clock from the first piece of sound until the broadcast is over.
A publisher who reloads his page is replaced by silence, and by his next connection: for listeners
the list of segments never stops. What an ingest process before this one left is continued as a new
take, with a discontinuity.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from av.audio.frame import AudioFrame
from msgspec import json

from media.child.encoder import RungEncoder
from media.hls.segmenter import Segment
from media.live.opus_feed import OpusFeed
from media.live.sound_line import SAMPLE_RATE_HZ, Sound, SoundLine
from media.live.window import (
    LIVE_BITRATE_BPS,
    LiveSegment,
    LiveWindow,
    init_key,
    segment_key,
    window_key,
)
from media.transcode.ladder import AAC_PRIMING_SAMPLES, Rung
from rooms.errors import Unavailable
from storage.objects.objects import ObjectMissing, ObjectStore

log = logging.getLogger(__name__)

T = TypeVar("T")

LIVE_RUNG = Rung(
    name="medium",
    codec="aac",
    bitrate_bps=LIVE_BITRATE_BPS,
    sample_rate_hz=SAMPLE_RATE_HZ,
    channels=2,
    segment_samples=47 * 1_024,
    priming_samples=AAC_PRIMING_SAMPLES,
)
"""Segments of 1.003 s: 47 AAC frames."""
TICK_S = 0.05
LISTENED_TICK_S = 0.02
"""While somebody listens by WebRTC, who would hear the wait."""
MAX_WAITING_SEGMENTS = 30
"""Half a minute without the store; then the oldest are lost, and only those."""
STORE_AGAIN_S = 0.5


class Take:
    """One run of the encoder: whatever comes, out go segments without a hole. No I/O."""

    def __init__(self, now_s: float, at_ms: int) -> None:
        self.line = SoundLine(now_s)
        self._at_ms = at_ms
        self._encoder = RungEncoder(LIVE_RUNG)
        self._samples = 0

    def init(self) -> bytes:
        """What players need before the first segment."""
        return self._encoder.init()

    def encode(self, sound: Sound) -> list[Segment]:
        """The segments that `sound` completes; some ms of work, run on a thread."""
        if not len(sound):
            return []
        frame = AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = self._samples
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        self._samples += len(sound)
        return list(self._encoder.encode(frame))

    def finish(self) -> list[Segment]:
        """The last segments."""
        return list(self._encoder.finish()) if self._samples else []

    def made_at_ms(self, segment: Segment) -> int:
        """Unix time of a segment's first sample."""
        return self._at_ms + segment.index * LIVE_RUNG.segment_samples * 1_000 // SAMPLE_RATE_HZ


class Broadcast:
    """A broadcast that is being made. `run` makes it until `end` is called.

    Args:
        live_id: whose it is.
        number: of its first publication here; no process before used it.
        objects: where segments go.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        live_id: str,
        number: int,
        objects: ObjectStore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.live_id = live_id
        self.take = number
        self.playable = asyncio.Event()
        """Set once listeners find something to play."""
        self.feed = OpusFeed()
        """For those who listen by WebRTC."""
        self._objects = objects
        self._clock = clock
        self._take = Take(clock(), time.time_ns() // 1_000_000)
        self._waiting: asyncio.Queue[Segment | None] = asyncio.Queue()
        self._over = asyncio.Event()
        self._stored = 0

    def add(self, stamp: int, sound: Sound) -> None:
        """A piece of the publisher's sound; `stamp` is its RTP time in samples."""
        self._take.line.add(stamp, sound, self._clock())

    def restart(self) -> None:
        """What comes now is another publication's."""
        self._take.line.restart()

    def end(self) -> None:
        """The broadcast is over: what there is is finished and listed."""
        self._over.set()

    async def run(self) -> None:
        """Makes the broadcast; returns when all of it is stored."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._store_all(), name="live-store")
            while not self._over.is_set():
                await self._encode(self._take.line.take(self._clock()))
                try:
                    async with asyncio.timeout(LISTENED_TICK_S if self.feed.has_ears else TICK_S):
                        await self._over.wait()
                except TimeoutError:
                    continue
            self.feed.end()
            self._put(await asyncio.to_thread(self._take.finish))
            self._waiting.put_nowait(None)
        log.info(
            "live.made",
            extra={
                "live_id": self.live_id,
                "segments": self._stored,
                "filled_ms": self._take.line.filled_samples * 1_000 // SAMPLE_RATE_HZ,
                "dropped_ms": self._take.line.dropped_samples * 1_000 // SAMPLE_RATE_HZ,
            },
        )

    async def _encode(self, sound: Sound) -> None:
        if len(sound):
            packets, segments = await asyncio.to_thread(self._work, sound)
            self.feed.send(packets)
            self._put(segments)

    def _work(self, sound: Sound) -> tuple[list[Any], list[Segment]]:
        """What is heavy; on a thread."""
        return self.feed.encode(sound), self._take.encode(sound)

    def _put(self, segments: Sequence[Segment]) -> None:
        for segment in segments:
            if self._waiting.qsize() >= MAX_WAITING_SEGMENTS:
                self._waiting.get_nowait()
                log.warning("live.segment_lost", extra={"live_id": self.live_id})
            self._waiting.put_nowait(segment)

    async def _store_all(self) -> None:
        window = await self._again(self._window_before)
        init = self._take.init()
        await self._again(
            lambda: self._objects.put(init_key(self.live_id, self.take), init, "audio/mp4")
        )
        while (segment := await self._waiting.get()) is not None:
            window = window.add(await self._store(segment))
            await self._put_window(window)
            self.playable.set()
        await self._put_window(window.end())

    async def _store(self, segment: Segment) -> LiveSegment:
        """Files are numbered as they are stored, so that those of a take are found by counting."""
        key = segment_key(self.live_id, self.take, self._stored)
        await self._again(lambda: self._objects.put(key, segment.data, "audio/mp4"))
        listed = LiveSegment(
            take=self.take,
            index=self._stored,
            duration_samples=segment.duration_samples,
            at_ms=self._take.made_at_ms(segment),
        )
        self._stored += 1
        return listed

    async def _put_window(self, window: LiveWindow) -> None:
        body = json.encode(window)
        await self._again(
            lambda: self._objects.put(window_key(self.live_id), body, "application/json")
        )

    async def _window_before(self) -> LiveWindow:
        try:
            return json.decode(await self._objects.read(window_key(self.live_id)), type=LiveWindow)
        except ObjectMissing:
            return LiveWindow(SAMPLE_RATE_HZ)

    async def _again(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """What the store does once it answers again."""
        while True:
            try:
                return await attempt()
            except Unavailable:
                log.warning("live.store_away", extra={"live_id": self.live_id})
                await asyncio.sleep(STORE_AGAIN_S)

"""The files of one attempt in the object store: segments as they come, and playlists kept true.

A playlist names a segment only once it is stored, so a listener who came early never asks for what
is not there. URIs carry the attempt's number (`?v=2`): what is behind one never changes.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Self

from media.child.messages import InitMade, SegmentMade
from media.hls.fmp4 import codecs_parameter
from media.hls.playlist import (
    MediaPlaylist,
    MultivariantPlaylist,
    PlaylistSegment,
    Variant,
    duration_ns,
    render_media,
    render_multivariant,
    target_duration_s,
)
from media.transcode.ladder import Rung, RungName
from storage.objects.objects import ObjectStore
from storage.uploads.media_facts import RungFacts

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
SEGMENT_TYPE = "audio/mp4"
UPLOADS_AT_ONCE = 8
"""Enough to hide the latency of S3; at 5 MB for the largest segment, 40 MB at most."""
_EARLY_MARGIN = 1.2
"""What the first segments say of the largest is not all; the final playlist has the true value."""


def segment_name(index: int) -> str:
    """File name of a segment; wider than three digits past an hour of music."""
    return f"segment_{index:03d}.m4s"


class OutOfOrder(Exception):
    """The child sent a piece that cannot be: it is broken or not ours any more."""


class _RungFiles:
    """What is known of one rung's segments."""

    def __init__(self, rung: Rung) -> None:
        self.rung = rung
        self.has_init = self.is_init_stored = False
        self.durations_samples: list[int] = []
        self.coded_samples = 0
        self.size_bytes = 0
        self.peak_bps = 0
        self.listed = 0
        """How many segments from the first on are stored without a hole."""
        self._stored_ahead: set[int] = set()

    def take(self, made: SegmentMade) -> None:
        """Count a segment."""
        size_bytes = len(made.data)
        self.durations_samples.append(made.duration_samples)
        self.coded_samples += made.duration_samples
        self.size_bytes += size_bytes
        # A last segment of a few frames is all header and says nothing of the bitrate (RFC 8216
        # §4.3.4.2 leaves out what is shorter than half a target duration, too).
        if made.index == 0 or 2 * made.duration_samples >= self.rung.segment_samples:
            rate_bps = size_bytes * 8 * self.rung.sample_rate_hz // made.duration_samples
            self.peak_bps = max(self.peak_bps, rate_bps)

    def mark_stored(self, index: int) -> None:
        """A segment can be listed once all before it can."""
        self._stored_ahead.add(index)
        while self.listed in self._stored_ahead:
            self._stored_ahead.remove(self.listed)
            self.listed += 1

    @property
    def mean_bps(self) -> int:
        """Mean bitrate of what is there."""
        if self.coded_samples == 0:
            return 0
        return self.size_bytes * 8 * self.rung.sample_rate_hz // self.coded_samples

    @property
    def encoded_ms(self) -> int:
        """Length of the music in it."""
        music_samples = max(self.coded_samples - self.rung.priming_samples, 0)
        return music_samples * 1_000 // self.rung.sample_rate_hz


class TrackFiles:
    """Everything that one attempt has stored under its prefix."""

    def __init__(
        self,
        objects: ObjectStore,
        prefix: str,
        version: int,
        rungs: tuple[Rung, ...],
        uploads: asyncio.TaskGroup,
    ) -> None:
        self._objects = objects
        self._prefix = prefix
        self._version = version
        self._rungs = {rung.name: _RungFiles(rung) for rung in rungs}
        self._uploads = uploads
        self._pending: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self.playable = asyncio.Event()
        """Set once every rung has its first segment."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, objects: ObjectStore, prefix: str, version: int, rungs: tuple[Rung, ...]
    ) -> AsyncIterator[Self]:
        """Files below `prefix`; at the end of the block every upload has ended."""
        async with asyncio.TaskGroup() as uploads:
            yield cls(objects, prefix, version, rungs, uploads)

    @property
    def encoded_ms(self) -> int:
        """How far the slowest rung has come."""
        return min(files.encoded_ms for files in self._rungs.values())

    async def put_init(self, made: InitMade) -> None:
        """Store the init segment of a rung."""
        files = self._rungs_of(made.rung)
        if files.has_init:
            raise OutOfOrder(f"a second init segment for {made.rung}")
        files.has_init = True
        await self._begin(self._store_init(files, made))

    async def put_segment(self, made: SegmentMade) -> None:
        """Begin to store a segment; waits while too many uploads are under way."""
        files = self._rungs_of(made.rung)
        if (
            not files.has_init
            or made.index != len(files.durations_samples)
            or made.duration_samples <= 0
        ):
            raise OutOfOrder(f"segment {made.index} of {made.rung}")
        files.take(made)
        await self._begin(self._store_segment(files, made))

    async def put_waveform(self, waveform_json: bytes) -> None:
        """Store the waveform document."""
        await self._put("waveform.json", waveform_json, "application/json")

    async def put_covers(self, cover_jpeg: bytes, thumbnail_jpeg: bytes) -> None:
        """Store both pictures."""
        await self._put("cover.jpg", cover_jpeg, "image/jpeg")
        await self._put("thumbnail.jpg", thumbnail_jpeg, "image/jpeg")

    async def write_media_playlists(self) -> None:
        """List what is stored so far; the playlists may still grow."""
        await self._write_media_playlists(has_ended=False)

    async def write_master(self) -> None:
        """Name all rungs, with bitrates estimated from what there is."""
        await self._write_master(_EARLY_MARGIN)

    async def all_stored(self) -> None:
        """Wait for all uploads. Raises `OutOfOrder` when a rung has nothing."""
        while self._pending:
            await asyncio.wait(self._pending)
        for files in self._rungs.values():
            if files.listed == 0 or files.listed != len(files.durations_samples):
                raise OutOfOrder(f"{files.rung.name} is not complete")

    async def finish(self) -> None:
        """Write the playlists that never change again, once everything is stored."""
        await self.all_stored()
        await self._write_media_playlists(has_ended=True)
        await self._write_master(1.0)

    def facts(self) -> tuple[RungFacts, ...]:
        """The rungs as the database keeps them."""
        return tuple(_facts(files) for files in self._rungs.values())

    def _rungs_of(self, name: RungName) -> _RungFiles:
        try:
            return self._rungs[name]
        except KeyError:
            raise OutOfOrder(f"a piece of {name}, which this track does not have") from None

    async def _begin(self, storing: Coroutine[Any, Any, None]) -> None:
        try:
            await self._room.acquire()
        except BaseException:
            storing.close()
            raise
        task = self._uploads.create_task(storing)
        self._pending.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._pending.discard(task)
        self._room.release()

    async def _store_init(self, files: _RungFiles, made: InitMade) -> None:
        await self._put(f"{made.rung}/init.mp4", made.data, SEGMENT_TYPE)
        files.is_init_stored = True
        self._look_if_playable()

    async def _store_segment(self, files: _RungFiles, made: SegmentMade) -> None:
        await self._put(f"{made.rung}/{segment_name(made.index)}", made.data, SEGMENT_TYPE)
        files.mark_stored(made.index)
        self._look_if_playable()

    def _look_if_playable(self) -> None:
        if all(files.is_init_stored and files.listed > 0 for files in self._rungs.values()):
            self.playable.set()

    async def _write_media_playlists(self, *, has_ended: bool) -> None:
        async with asyncio.TaskGroup() as tasks:
            for files in self._rungs.values():
                tasks.create_task(self._write_media_playlist(files, has_ended=has_ended))

    async def _write_media_playlist(self, files: _RungFiles, *, has_ended: bool) -> None:
        rung = files.rung
        rate_hz = rung.sample_rate_hz
        playlist = MediaPlaylist(
            init_uri=self._uri("init.mp4"),
            segments=tuple(
                PlaylistSegment(self._uri(segment_name(index)), duration_ns(samples, rate_hz))
                for index, samples in enumerate(files.durations_samples[: files.listed])
            ),
            kind="VOD" if has_ended else "EVENT",
            has_ended=has_ended,
            # From the ladder, not from what is there: it must not change while the list grows.
            target_duration_s=target_duration_s(
                [duration_ns(rung.segment_samples + rung.priming_samples, rate_hz)]
            ),
        )
        text = render_media(playlist)
        await self._put(f"{rung.name}/playlist.m3u8", text.encode(), PLAYLIST_TYPE)

    async def _write_master(self, margin: float) -> None:
        variants = tuple(
            Variant(
                uri=self._uri(f"{files.rung.name}/playlist.m3u8"),
                bandwidth_bps=int(files.peak_bps * margin),
                average_bandwidth_bps=files.mean_bps,
                codecs=codecs_parameter(files.rung.codec),
                stable_id=files.rung.name,
            )
            for files in self._rungs.values()
        )
        text = render_multivariant(MultivariantPlaylist(variants))
        await self._put("master.m3u8", text.encode(), PLAYLIST_TYPE)

    def _uri(self, name: str) -> str:
        return f"{name}?v={self._version}"

    async def _put(self, name: str, data: bytes, content_type: str) -> None:
        await self._objects.put(f"{self._prefix}/{name}", data, content_type)


def _facts(files: _RungFiles) -> RungFacts:
    rung = files.rung
    return RungFacts(
        name=rung.name,
        codec=rung.codec,
        codecs=codecs_parameter(rung.codec),
        bitrate_bps=files.mean_bps if rung.codec == "flac" else rung.bitrate_bps,
        sample_rate_hz=rung.sample_rate_hz,
        channels=rung.channels,
        priming_samples=rung.priming_samples,
        segment_samples=rung.segment_samples,
        segments=len(files.durations_samples),
        size_bytes=files.size_bytes,
    )

"""Pieces into a real store, and playlists that never promise what is not there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.child.messages import InitMade, SegmentMade
from media.groups import single_error
from media.hls.playlist import MediaPlaylist, parse_media, parse_multivariant
from media.transcode.ladder import Rung, Source, ladder_for
from media.transcode.track_files import UPLOADS_AT_ONCE, OutOfOrder, TrackFiles, segment_name
from storage.objects.objects import FolderSpec, ObjectStat, ObjectStore, open_objects
from tests.eventually import eventually

RUNGS = ladder_for(Source("mp3", "mp3", 44_100, 2, 128_000, 16))
LOW = RUNGS[0]


@pytest.fixture
async def objects(tmp_path: Path) -> AsyncIterator[ObjectStore]:
    async with open_objects(FolderSpec(tmp_path)) as store:
        yield store


def segment(
    rung: Rung, index: int, *, size: int = 1_000, samples: int | None = None
) -> SegmentMade:
    coded = rung.segment_samples + (rung.priming_samples if index == 0 else 0)
    return SegmentMade(rung.name, index, samples or coded, bytes(size))


async def playlist(objects: ObjectStore, rung: Rung) -> MediaPlaylist:
    return parse_media((await objects.read(f"t/1/{rung.name}/playlist.m3u8")).decode())


async def test_listeners_may_come_once_every_rung_has_its_first_segment(
    objects: ObjectStore,
) -> None:
    async with TrackFiles.open(objects, "t/1", 1, RUNGS) as files:
        for rung in RUNGS:
            assert not files.playable.is_set()
            await files.put_init(InitMade(rung.name, b"init"))
            await files.put_segment(segment(rung, 0))
        await files.all_stored()
        assert files.playable.is_set()


async def test_a_growing_playlist_keeps_its_target_duration(objects: ObjectStore) -> None:
    async with TrackFiles.open(objects, "t/1", 7, (LOW,)) as files:
        await files.put_init(InitMade("low", b"init"))
        lengths = set()
        for index in range(4):
            await files.put_segment(segment(LOW, index))
            await files.all_stored()
            await files.write_media_playlists()
            listed = await playlist(objects, LOW)
            assert (listed.kind, listed.has_ended) == ("EVENT", False)
            assert [s.uri for s in listed.segments] == [
                f"{segment_name(n)}?v=7" for n in range(index + 1)
            ]
            lengths.add(listed.target_duration_s)
        assert lengths == {4}
        await files.finish()
    assert (await playlist(objects, LOW)).has_ended


class SlowStore:
    """Holds back the objects whose names end with what is in `held`."""

    def __init__(self, objects: ObjectStore, held: set[str]) -> None:
        self._objects = objects
        self._held = held
        self.release = asyncio.Event()
        self.at_once = self.most_at_once = self.done = 0

    async def put(self, key: str, body: bytes, content_type: str = "") -> ObjectStat:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            if any(key.endswith(name) for name in self._held):
                await self.release.wait()
            stat = await self._objects.put(key, body, content_type)
            self.done += 1
            return stat
        finally:
            self.at_once -= 1


async def test_a_segment_is_listed_only_when_all_before_it_are_stored(
    objects: ObjectStore,
) -> None:
    slow = SlowStore(objects, {"segment_001.m4s"})
    async with TrackFiles.open(slow, "t/1", 1, (LOW,)) as files:  # type: ignore[arg-type]  # only `put` is used
        await files.put_init(InitMade("low", b"init"))
        for index in range(4):
            await files.put_segment(segment(LOW, index))
        # The init segment and three of four segments.
        await eventually(lambda: slow.done >= 4)
        await files.write_media_playlists()
        assert len((await playlist(objects, LOW)).segments) == 1
        slow.release.set()
        await files.finish()
    assert len((await playlist(objects, LOW)).segments) == 4


async def test_no_more_uploads_are_under_way_than_memory_allows(objects: ObjectStore) -> None:
    slow = SlowStore(objects, {".m4s"})
    async with TrackFiles.open(slow, "t/1", 1, (LOW,)) as files:  # type: ignore[arg-type]  # as above
        await files.put_init(InitMade("low", b"init"))

        async def put_all() -> None:
            for index in range(3 * UPLOADS_AT_ONCE):
                await files.put_segment(segment(LOW, index))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(put_all())
            await eventually(lambda: slow.at_once >= UPLOADS_AT_ONCE)
            slow.release.set()
    assert slow.most_at_once == UPLOADS_AT_ONCE


async def test_bandwidth_is_the_peak_of_whole_segments(objects: ObjectStore) -> None:
    async with TrackFiles.open(objects, "t/1", 1, (LOW,)) as files:
        await files.put_init(InitMade("low", b"init"))
        await files.put_segment(segment(LOW, 0, size=30_000))
        await files.put_segment(segment(LOW, 1, size=40_000))
        # Half a frame of music in a kilobyte of boxes: no bitrate to plan with.
        await files.put_segment(segment(LOW, 2, size=1_000, samples=512))
        await files.finish()
    master = parse_multivariant((await objects.read("t/1/master.m3u8")).decode())
    (variant,) = master.variants
    assert variant.bandwidth_bps == 40_000 * 8 * 44_100 // 176_128
    total = 2 * 176_128 + 3_072 + 512
    assert variant.average_bandwidth_bps == 71_000 * 8 * 44_100 // total
    (facts,) = files.facts()
    assert (facts.segments, facts.size_bytes, facts.bitrate_bps) == (3, 71_000, 64_000)


@pytest.mark.parametrize(
    "pieces",
    [
        [segment(LOW, 0)],
        [InitMade("low", b"i"), InitMade("low", b"i")],
        [InitMade("low", b"i"), segment(LOW, 1)],
        [InitMade("low", b"i"), segment(LOW, 0), segment(LOW, 0)],
        [InitMade("low", b"i"), segment(LOW, 0, samples=-1)],
        [InitMade("high", b"i")],
        [InitMade("low", b"i")],
        [],
    ],
)
async def test_pieces_that_cannot_be_are_refused(
    objects: ObjectStore, pieces: list[InitMade | SegmentMade]
) -> None:
    async def put_all() -> None:
        with single_error():
            async with TrackFiles.open(objects, "t/1", 1, (LOW,)) as files:
                for piece in pieces:
                    if isinstance(piece, InitMade):
                        await files.put_init(piece)
                    else:
                        await files.put_segment(piece)
                await files.finish()

    with pytest.raises(OutOfOrder):
        await put_all()

"""The upload job from end to end: real PostgreSQL, real files, real media children."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import json

from media.child.messages import Described, InitMade, Message, SegmentMade, frame
from media.child.peaks import Waveform
from media.hls.playlist import MediaPlaylist, parse_media, parse_multivariant
from media.transcode.job import Sandboxing
from storage.backends import Pool
from storage.objects.objects import FolderSpec, ObjectMissing, ObjectStore, open_objects
from tests.eventually import eventually
from tests.media.bad_files import id3, jpeg, picture_frame, text_frame
from tests.media.children import transcode
from tests.media.signals import music, offset_samples, read_audio, write_audio
from tests.media.uploads import Told, upload, worker
from tests.s3 import bucket_at, s3_server

CRASH = Sandboxing(
    argv=(sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
)
HANG = Sandboxing(argv=(sys.executable, "-c", "import time; time.sleep(600)"), silent_ms=200)


@pytest.fixture
async def objects(tmp_path: Path) -> AsyncIterator[ObjectStore]:
    async with open_objects(FolderSpec(tmp_path / "objects")) as store:
        yield store


@pytest.fixture
def song(tmp_path: Path) -> bytes:
    return write_audio(tmp_path / "song.flac", music(9.0)).read_bytes()


async def track(pool: Pool, track_id: str) -> Any:
    return await pool.fetchrow("SELECT * FROM tracks WHERE id = $1", track_id)


async def stored(objects: ObjectStore, tmp_path: Path, prefix: str) -> list[str]:
    """Names of everything below a prefix."""
    folder = tmp_path / "objects" / prefix
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


async def playlist(objects: ObjectStore, prefix: str, rung: str) -> MediaPlaylist:
    return parse_media((await objects.read(f"{prefix}/{rung}/playlist.m3u8")).decode())


async def test_an_upload_becomes_a_track_that_plays(
    pool: Pool, objects: ObjectStore, tmp_path: Path, song: bytes
) -> None:
    told = Told()
    track_id = await upload(pool, objects, song)
    async with worker(pool, objects, told):
        event, data = await told.outcome(track_id)
    assert (event, data) == (
        "track:ready",
        {
            "track_id": track_id,
            "title": "My song",
            "artist": None,
            "duration_ms": 9_000,
            "has_cover": False,
        },
    )
    row = await track(pool, track_id)
    assert (row["status"], row["stream_status"], row["attempt"]) == ("completed", "ready", 1)
    prefix = row["media_prefix"]
    assert prefix == f"tracks/{track_id}/1"
    rungs = ("high", "lossless", "low", "medium")
    files = ("init.mp4", "playlist.m3u8", "segment_000.m4s", "segment_001.m4s", "segment_002.m4s")
    assert await stored(objects, tmp_path, prefix) == sorted(
        ["master.m3u8", "waveform.json", *(f"{rung}/{name}" for rung in rungs for name in files)]
    )


async def test_every_playlist_is_true(pool: Pool, objects: ObjectStore, song: bytes) -> None:
    told = Told()
    track_id = await upload(pool, objects, song)
    async with worker(pool, objects, told):
        await told.outcome(track_id)
    row = await track(pool, track_id)
    prefix = row["media_prefix"]
    master = parse_multivariant((await objects.read(f"{prefix}/master.m3u8")).decode())
    assert [variant.stable_id for variant in master.variants] == [
        "low",
        "medium",
        "high",
        "lossless",
    ]
    assert [variant.codecs for variant in master.variants] == ["mp4a.40.2"] * 3 + ["fLaC"]
    for variant, facts in zip(master.variants, row["rungs"], strict=True):
        listed = await playlist(objects, prefix, variant.stable_id)
        assert (listed.kind, listed.has_ended) == ("VOD", True)
        assert len(listed.segments) == facts["segments"]
        rate_hz, priming = facts["sample_rate_hz"], facts["priming_samples"]
        total_ns = sum(segment.duration_ns for segment in listed.segments)
        assert total_ns == pytest.approx((9 * rate_hz + priming) * 1e9 / rate_hz, abs=5)
        sizes = []
        for segment in listed.segments:
            name, _, version = segment.uri.partition("?v=")
            assert version == "1"
            stat = await objects.stat(f"{prefix}/{variant.stable_id}/{name}")
            sizes.append((stat.size_bytes, segment.duration_ns))
        mean_bps = sum(size for size, _ in sizes) * 8e9 / total_ns
        assert variant.average_bandwidth_bps == pytest.approx(mean_bps, rel=0.001)
        # Only whole segments count for the peak.
        assert variant.bandwidth_bps >= max(size * 8e9 / ns for size, ns in sizes[:-1]) * 0.999


async def test_what_is_stored_plays_back_in_place(
    pool: Pool, objects: ObjectStore, song: bytes
) -> None:
    told = Told()
    track_id = await upload(pool, objects, song)
    async with worker(pool, objects, told):
        await told.outcome(track_id)
    prefix = (await track(pool, track_id))["media_prefix"]
    for rung in ("low", "medium", "high", "lossless"):
        listed = await playlist(objects, prefix, rung)
        names = [listed.init_uri, *(segment.uri for segment in listed.segments)]
        parts = [await objects.read(f"{prefix}/{rung}/{name.partition('?')[0]}") for name in names]
        heard = read_audio(b"".join(parts))
        assert offset_samples(heard, music(9.0)) == 0, rung


async def test_the_waveform_is_the_tracks(pool: Pool, objects: ObjectStore, song: bytes) -> None:
    told = Told()
    track_id = await upload(pool, objects, song)
    async with worker(pool, objects, told):
        await told.outcome(track_id)
    row = await track(pool, track_id)
    data = await objects.read(f"{row['media_prefix']}/waveform.json")
    waveform = json.decode(data, type=Waveform)
    assert waveform.length == 450
    assert max(waveform.data) > 60
    assert -30 < row["loudness_lufs"] < -5
    assert -5 < row["true_peak_dbtp"] < 1


async def test_everything_works_on_s3_as_on_files(pool: Pool, song: bytes) -> None:
    told = Told()
    with s3_server() as address:
        async with open_objects(bucket_at(address, "veza")) as bucket:
            track_id = await upload(pool, bucket, song, artwork=jpeg(500, 500))
            async with worker(pool, bucket, told):
                assert (await told.outcome(track_id))[0] == "track:ready"
            prefix = (await track(pool, track_id))["media_prefix"]
            listed = await playlist(bucket, prefix, "lossless")
            assert (listed.has_ended, len(listed.segments)) == (True, 3)
            assert (await bucket.read(f"{prefix}/cover.jpg")).startswith(b"\xff\xd8\xff")
            again = await upload(pool, bucket, b"no music")
            async with worker(pool, bucket, told):
                assert (await told.outcome(again))[0] == "track:failed"
                await _swept(pool)


async def test_progress_names_each_task_and_only_grows(
    pool: Pool, objects: ObjectStore, song: bytes
) -> None:
    told = Told()
    track_id = await upload(pool, objects, song)
    async with worker(pool, objects, told):
        await told.outcome(track_id)
    assert {p["track_id"] for p in told.progress} == {track_id}
    assert {p["task"] for p in told.progress} == {
        "audio_analysis",
        "quality_variants",
        "waveform_generation",
        "thumbnail_creation",
    }
    for task in {p["task"] for p in told.progress}:
        percents = [p["percent"] for p in told.progress if p["task"] == task]
        assert percents == sorted(percents)
        assert 0 <= percents[0] <= percents[-1] <= 100
    assert any(p["playable"] for p in told.progress)


async def test_a_track_is_playable_long_before_it_is_complete(
    pool: Pool, objects: ObjectStore, tmp_path: Path
) -> None:
    told = Told()
    data = write_audio(tmp_path / "long.flac", music(60.0)).read_bytes()
    track_id = await upload(pool, objects, data)
    async with worker(pool, objects, told):
        await told.playable(track_id)
        row = await track(pool, track_id)
        assert row["stream_status"] == "processing"
        early = await playlist(objects, row["media_prefix"], "low")
        assert (early.kind, early.has_ended) == ("EVENT", False)
        assert 1 <= len(early.segments) < 15
        master = parse_multivariant(
            (await objects.read(f"{row['media_prefix']}/master.m3u8")).decode()
        )
        assert len(master.variants) == 4
        await told.outcome(track_id)
    late = await playlist(objects, row["media_prefix"], "low")
    assert late.has_ended
    assert late.segments[: len(early.segments)] == early.segments
    assert late.target_duration_s == early.target_duration_s


async def test_a_real_recording_is_made_playable(
    pool: Pool, objects: ObjectStore, recordings: dict[str, Path]
) -> None:
    told = Told()
    data = recordings["machine_wars.mp3"].read_bytes()
    track_id = await upload(pool, objects, data, max_duration_ms=600_000)
    async with worker(pool, objects, told):
        event, outcome = await told.outcome(track_id)
    assert event == "track:ready"
    assert outcome["duration_ms"] == pytest.approx(290_600, abs=500)
    row = await track(pool, track_id)
    assert (row["format"], row["bitrate"], row["sample_rate"]) == ("mp3", 80, 22_050)
    assert [rung["name"] for rung in row["rungs"]] == ["low"]


async def test_tags_and_cover_come_from_the_file(
    pool: Pool, objects: ObjectStore, tmp_path: Path
) -> None:
    told = Told()
    mp3 = write_audio(tmp_path / "song.mp3", music(5.0), kind="mp3").read_bytes()
    tag = id3(
        text_frame(b"TIT2", "From the tag"),
        text_frame(b"TPE1", "Band"),
        picture_frame(jpeg(600, 400), b"image/jpeg"),
    )
    track_id = await upload(pool, objects, tag + mp3, metadata_from_file=True)
    async with worker(pool, objects, told):
        _, data = await told.outcome(track_id)
    row = await track(pool, track_id)
    assert data["title"] == row["title"] == "From the tag"
    assert data["artist"] == row["artist"] == "Band"
    assert row["has_cover"]
    for name in ("cover.jpg", "thumbnail.jpg"):
        assert (await objects.read(f"{row['media_prefix']}/{name}")).startswith(b"\xff\xd8\xff")


async def test_artwork_sent_along_goes_before_the_tags(
    pool: Pool, objects: ObjectStore, tmp_path: Path, song: bytes
) -> None:
    told = Told()
    with_artwork = await upload(pool, objects, song, artwork=jpeg(700, 700))
    with_bad_artwork = await upload(pool, objects, song, artwork=b"no picture")
    async with worker(pool, objects, told):
        await told.outcome(with_artwork)
        await told.outcome(with_bad_artwork)
    assert (await track(pool, with_artwork))["has_cover"]
    row = await track(pool, with_bad_artwork)
    assert (row["status"], row["has_cover"]) == ("completed", False)


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "INVALID_AUDIO_FORMAT", "empty"),
        (b"just text", "INVALID_AUDIO_FORMAT", "text"),
        (b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "INVALID_AUDIO_FORMAT", "playlist"),
    ],
)
async def test_a_refused_file_says_why_and_leaves_nothing(
    pool: Pool, objects: ObjectStore, tmp_path: Path, data: bytes, code: str, word: str
) -> None:
    told = Told()
    track_id = await upload(pool, objects, data)
    async with worker(pool, objects, told):
        event, outcome = await told.outcome(track_id)
        await _swept(pool)
    assert event == "track:failed"
    assert outcome["code"] == code
    assert word in outcome["message"]
    row = await track(pool, track_id)
    assert (row["status"], row["failure_code"]) == ("failed", code)
    assert row["status_message"] == outcome["message"]
    assert await stored(objects, tmp_path, f"tracks/{track_id}") == []


async def _swept(pool: Pool) -> None:
    """Wait until no job is left; 20 s at most."""
    none = "SELECT count(*) = 0 FROM pgqueuer WHERE status <> 'failed'"
    await eventually(lambda: pool.fetchval(none), 20)


async def test_a_file_that_proves_too_long_on_the_way_is_taken_back(
    pool: Pool, objects: ObjectStore, tmp_path: Path
) -> None:
    told = Told()
    data = bytearray(write_audio(tmp_path / "long.flac", music(60.0)).read_bytes())
    data[8 + 13] &= 0xF0  # the header does not say how long it is
    data[8 + 14 : 8 + 18] = bytes(4)
    track_id = await upload(pool, objects, bytes(data), max_duration_ms=50_000)
    async with worker(pool, objects, told):
        event, outcome = await told.outcome(track_id)
        await _swept(pool)
    assert (event, outcome["code"]) == ("track:failed", "DURATION_EXCEEDED")
    assert (await track(pool, track_id))["media_prefix"] is None
    assert await stored(objects, tmp_path, f"tracks/{track_id}") == []


@pytest.mark.parametrize("cage", [CRASH, HANG], ids=["crash", "hang"])
async def test_a_child_that_dies_on_a_file_fails_it_and_not_the_worker(
    pool: Pool, objects: ObjectStore, song: bytes, cage: Sandboxing
) -> None:
    told = Told()
    doomed = await upload(pool, objects, song)
    async with worker(pool, objects, told, sandboxing=cage):
        event, outcome = await told.outcome(doomed)
        assert (event, outcome["code"]) == ("track:failed", "PROCESSING_ERROR")
        another = await upload(pool, objects, song)
        event, _ = await told.outcome(another)
        assert event == "track:failed"
    row = await track(pool, doomed)
    assert (row["status"], row["failure_code"]) == ("failed", "PROCESSING_ERROR")
    assert row["attempt"] == 4  # three tries and the end


async def test_a_child_that_lies_about_its_pieces_is_not_believed(
    pool: Pool, objects: ObjectStore, tmp_path: Path, song: bytes
) -> None:
    (tmp_path / "song").write_bytes(song)
    heard = await transcode(tmp_path / "song")
    described = next(m for m in heard.messages if isinstance(m, Described))
    told = Told()
    lies: list[list[Message]] = [
        [InitMade("low", b"x"), InitMade("low", b"x")],
        [SegmentMade("low", 0, 1_024, b"x")],
        [InitMade("low", b"x"), SegmentMade("low", 1, 1_024, b"x")],
        [InitMade("low", b"x"), SegmentMade("low", 0, -5, b"x")],
        [m for m in heard.messages if not isinstance(m, Described | SegmentMade)],
    ]
    for number, lie in enumerate(lies):
        script = tmp_path / f"liar{number}.py"
        said = b"".join(frame(message) for message in (described, *lie))
        script.write_text(f"import os, time\nos.write(1, {said!r})\ntime.sleep(60)\n")
        cage = Sandboxing(argv=(sys.executable, str(script)), silent_ms=1_000)
        track_id = await upload(pool, objects, song)
        async with worker(pool, objects, told, sandboxing=cage):
            event, outcome = await told.outcome(track_id)
        assert (event, outcome["code"]) == ("track:failed", "PROCESSING_ERROR"), number


async def test_an_original_that_is_gone_is_said_so(
    pool: Pool, objects: ObjectStore, song: bytes
) -> None:
    told = Told()
    track_id = await upload(pool, objects, song)
    await objects.delete(f"originals/{track_id}/source")
    async with worker(pool, objects, told):
        event, outcome = await told.outcome(track_id)
    assert (event, outcome["code"]) == ("track:failed", "PROCESSING_ERROR")


async def test_a_worker_that_stops_hands_the_track_to_the_next(
    pool: Pool, objects: ObjectStore, tmp_path: Path
) -> None:
    data = write_audio(tmp_path / "long.flac", music(60.0)).read_bytes()
    first, second = Told(), Told()
    track_id = await upload(pool, objects, data)
    async with worker(pool, objects, first):
        await first.playable(track_id)
    assert first.outcomes == []
    async with worker(pool, objects, second):
        event, _ = await second.outcome(track_id)
        await _swept(pool)
    assert event == "track:ready"
    row = await track(pool, track_id)
    assert row["attempt"] == 2
    assert await stored(objects, tmp_path, f"tracks/{track_id}/1") == []
    assert "master.m3u8" in await stored(objects, tmp_path, f"tracks/{track_id}/2")


async def test_a_track_deleted_meanwhile_leaves_nothing(
    pool: Pool, objects: ObjectStore, tmp_path: Path
) -> None:
    data = write_audio(tmp_path / "long.flac", music(60.0)).read_bytes()
    told = Told()
    track_id = await upload(pool, objects, data)
    async with worker(pool, objects, told):
        await told.playable(track_id)
        await pool.execute("UPDATE tracks SET deleted_at = now() WHERE id = $1", track_id)
        await _swept(pool)
    assert told.outcomes == []
    assert await stored(objects, tmp_path, f"tracks/{track_id}") == []
    with pytest.raises(ObjectMissing):
        await objects.read(f"tracks/{track_id}/1/master.m3u8")


async def test_two_tracks_at_once_do_not_mix(
    pool: Pool, objects: ObjectStore, tmp_path: Path
) -> None:
    told = Told()
    songs = {
        seed: write_audio(tmp_path / f"{seed}.flac", music(6.0, seed=seed)).read_bytes()
        for seed in (11, 12)
    }
    ids = {seed: await upload(pool, objects, data) for seed, data in songs.items()}
    async with worker(pool, objects, told, concurrency=2):
        for track_id in ids.values():
            assert (await told.outcome(track_id))[0] == "track:ready"
    for seed, track_id in ids.items():
        prefix = (await track(pool, track_id))["media_prefix"]
        names = ("init.mp4", "segment_000.m4s", "segment_001.m4s")
        parts = [await objects.read(f"{prefix}/lossless/{name}") for name in names]
        assert abs(read_audio(b"".join(parts)) - music(6.0, seed=seed)).max() < 1e-4

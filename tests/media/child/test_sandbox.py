"""The media child and its cage, with real children on real bad files."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from media.child.messages import Limits, Progressed, frame
from media.child.refusal import DURATION_EXCEEDED, INVALID_AUDIO_FORMAT
from media.child.sandbox import ChildFailed
from tests.eventually import eventually
from tests.media.bad_files import (
    flac_with_picture,
    id3,
    jpeg,
    picture_frame,
    png,
    refused_files,
    text_frame,
)
from tests.media.children import make_covers, transcode
from tests.media.signals import music, silence, sine, write_audio, write_silence


def program(text: str) -> tuple[str, ...]:
    """A child that runs `text` instead of ours."""
    return (sys.executable, "-c", text)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_audio(tmp_path / "song.flac", music(6.0))


async def test_a_good_file_is_described_made_and_analysed(song: Path) -> None:
    heard = await transcode(song)
    assert heard.described.format == "flac"
    assert [rung.name for rung in heard.described.rungs] == ["low", "medium", "high", "lossless"]
    assert heard.transcoded.duration_samples == 6 * 44_100
    for rung in heard.described.rungs:
        assert [made.index for made in heard.segments(rung.name)] == [0, 1]


async def test_every_bad_file_is_refused_with_a_reason(tmp_path: Path) -> None:
    two_at_a_time = asyncio.Semaphore(2)

    async def check(name: str, data: bytes, word: str) -> None:
        path = tmp_path / name.replace(" ", "-")
        path.write_bytes(data)
        async with two_at_a_time:
            heard = await transcode(path)
        assert heard.is_refused, name
        assert heard.refused.code == INVALID_AUDIO_FORMAT, name
        assert word in heard.refused.message, (name, heard.refused.message)
        assert heard.refused.message.endswith("."), name

    async with asyncio.TaskGroup() as tasks:
        for name, (data, word) in refused_files(tmp_path).items():
            tasks.create_task(check(name, data, word))


async def test_a_playlist_named_mp3_opens_nothing_else(tmp_path: Path) -> None:
    touched: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        touched.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for text in (
        f"#EXTM3U\n#EXTINF:4,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile http://127.0.0.1:{port}/a.mp3\n",
        # Not at the start, where the first look would find it.
        f"\x00\x01#EXTM3U\n#EXTINF:4,\nhttp://127.0.0.1:{port}/a.ts\n",
    ):
        path = tmp_path / "song.mp3"
        path.write_text(text)
        assert (await transcode(path)).is_refused
    server.close()
    await server.wait_closed()
    assert touched == []


async def test_a_file_longer_than_the_plan_is_refused_before_it_is_encoded(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "long.flac", silence(30.0))
    heard = await transcode(path, Limits(max_duration_ms=20_000))
    assert heard.refused.code == DURATION_EXCEEDED
    assert "20 seconds" in heard.refused.message
    assert len(heard.messages) == 1


async def test_a_file_that_hides_its_length_is_refused_when_it_has_become_too_long(
    tmp_path: Path,
) -> None:
    path = write_audio(tmp_path / "long.flac", music(30.0))
    data = bytearray(path.read_bytes())
    # STREAMINFO, bytes 13 to 17: the number of samples; 0 says "unknown" (RFC 9639 §8.2).
    data[8 + 13] &= 0xF0
    data[8 + 14 : 8 + 18] = bytes(4)
    path.write_bytes(data)
    heard = await transcode(path, Limits(max_duration_ms=20_000))
    assert heard.refused.code == DURATION_EXCEEDED


async def test_a_limit_that_is_just_met_is_met(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "fits.flac", sine(5.0))
    assert not (await transcode(path, Limits(max_duration_ms=5_000))).is_refused


async def test_an_hour_of_silence_in_47_kb_is_refused_at_once(tmp_path: Path) -> None:
    path = write_silence(tmp_path / "bomb.flac", 3_600, rate_hz=44_100)
    assert path.stat().st_size < 50_000
    peak_mb, heard = await asyncio.gather(
        _peak_memory_mb(), transcode(path, Limits(max_duration_ms=600_000))
    )
    assert heard.refused.code == DURATION_EXCEEDED
    assert "10 minutes" in heard.refused.message
    assert peak_mb < 120


async def test_a_long_recording_takes_no_more_memory_than_a_song(tmp_path: Path) -> None:
    path = write_silence(tmp_path / "long.flac", 1_800, rate_hz=8_000, channels=1)
    peak_mb, heard = await asyncio.gather(_peak_memory_mb(), transcode(path))
    assert heard.transcoded.duration_samples == 1_800 * 8_000
    assert peak_mb < 120


async def test_more_sound_than_any_track_has_is_refused(tmp_path: Path) -> None:
    path = write_silence(tmp_path / "long.flac", 60, rate_hz=44_100)
    heard = await transcode(path, Limits(max_pcm_samples=2 * 50 * 44_100))
    assert heard.refused.code == DURATION_EXCEEDED


async def _peak_memory_mb() -> int:
    """Most that any child of this process holds until the last of them has ended."""
    peak = 0
    me = psutil.Process()
    before = {child.pid for child in me.children()}
    (child, *_) = await eventually(lambda: [c for c in me.children() if c.pid not in before])
    while child.is_running():
        try:
            peak = max(peak, child.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        await asyncio.sleep(0.05)  # pace: of looking
    return peak >> 20


async def test_a_huge_cover_is_dropped_and_the_track_is_fine(tmp_path: Path) -> None:
    picture = png(13_000, 13_000)
    song = write_audio(tmp_path / "song.mp3", music(5.0), kind="mp3").read_bytes()
    flac = write_audio(tmp_path / "song.flac", music(5.0), kind="flac").read_bytes()
    for data in (id3(picture_frame(picture)) + song, flac_with_picture(flac, picture)):
        path = tmp_path / "upload"
        path.write_bytes(data)
        peak_mb, heard = await asyncio.gather(_peak_memory_mb(), transcode(path))
        assert heard.transcoded.duration_samples >= 5 * 44_100
        assert peak_mb < 120
        covers = await make_covers(path, is_picture=False)
        assert (covers.cover_jpeg, covers.thumbnail_jpeg) == (None, None)


async def test_a_cover_comes_from_the_tags_or_from_a_picture_of_its_own(tmp_path: Path) -> None:
    picture = jpeg(800, 800)
    song = write_audio(tmp_path / "song.mp3", sine(1.0), kind="mp3").read_bytes()
    tagged = tmp_path / "tagged"
    tagged.write_bytes(id3(picture_frame(picture, b"image/jpeg")) + song)
    alone = tmp_path / "alone"
    alone.write_bytes(picture)
    for path, is_picture in ((tagged, False), (alone, True)):
        covers = await make_covers(path, is_picture=is_picture)
        assert covers.cover_jpeg is not None
        assert covers.cover_jpeg.startswith(b"\xff\xd8\xff")
    assert (await make_covers(alone, is_picture=False)).cover_jpeg is None


async def test_tags_come_with_the_description(tmp_path: Path) -> None:
    song = write_audio(tmp_path / "song.mp3", sine(1.0), kind="mp3").read_bytes()
    tag = id3(text_frame(b"TIT2", "Title"), text_frame(b"TPE1", "Artist"))
    path = tmp_path / "upload"
    path.write_bytes(tag + song)
    tags = (await transcode(path)).described.tags
    assert (tags.title, tags.artist) == ("Title", "Artist")


@pytest.mark.parametrize(
    "text",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import os; os.abort()",
        "raise SystemExit(1)",
        "pass",
        "import os; os.write(1, bytes([255] * 8)); import time; time.sleep(60)",
        "import os; os.write(1, b'\\0\\0\\0\\1\\xc1'); import time; time.sleep(60)",
        "import os; os.write(1, b'\\0\\0\\0\\x10half')",
    ],
    ids=["segfault", "abort", "exit 1", "nothing", "4 GB message", "no message", "half a message"],
)
async def test_a_child_that_dies_or_talks_nonsense_has_failed(song: Path, text: str) -> None:
    with pytest.raises(ChildFailed):
        await transcode(song, argv=program(text))


async def test_a_child_that_hangs_is_killed(song: Path) -> None:
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(ChildFailed, match="too long"):
        await transcode(song, argv=program("import time; time.sleep(600)"), silent_ms=300)
    assert {child.pid for child in psutil.Process().children()} <= before


async def test_a_child_that_keeps_talking_is_not_taken_for_hung(song: Path) -> None:
    message = frame(Progressed(1))
    text = (
        "import os, time\n"
        f"for _ in range(6): os.write(1, {message!r}); time.sleep(0.2)\n"
        "os.kill(os.getpid(), 9)"
    )
    with pytest.raises(ChildFailed, match=str(-signal.SIGKILL)):
        await transcode(song, argv=program(text), silent_ms=1_000)


async def test_a_cancelled_job_leaves_no_child_behind(song: Path) -> None:
    before = {child.pid for child in psutil.Process().children()}
    task = asyncio.create_task(transcode(song, argv=program("import time; time.sleep(600)")))
    await eventually(lambda: {child.pid for child in psutil.Process().children()} - before)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {child.pid for child in psutil.Process().children()} <= before


async def test_the_child_sees_neither_our_environment_nor_our_folder(song: Path) -> None:
    ours = "PYTEST_CURRENT_TEST"
    assert ours in os.environ
    text = (
        "import os, sys\n"
        f"assert {ours!r} not in os.environ\n"
        "assert os.listdir('.') == []\n"
        "os.kill(os.getpid(), 9)"
    )
    with pytest.raises(ChildFailed, match=str(-signal.SIGKILL)):
        await transcode(song, argv=program(text))

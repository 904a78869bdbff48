"""Importing: every piece of music once, and a word on what is none."""

import math
import struct
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.operator.accounts import account_named
from hub.operator.importer import Imported, import_files, music_files
from storage.backends import Pool
from storage.objects.objects import FolderSpec, ObjectStore, open_objects


@pytest.fixture
async def objects(tmp_path: Path) -> AsyncIterator[ObjectStore]:
    async with open_objects(FolderSpec(tmp_path / "objects")) as opened:
        yield opened


@pytest.fixture
async def owner_id(pool: Pool) -> str:
    return (await account_named(pool, "library")).id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two tones, a text that calls itself music, and a file that does not."""
    folder = tmp_path / "music"
    (folder / "album").mkdir(parents=True)
    tone(folder / "album" / "01_low_tone.wav", 220)
    tone(folder / "high.WAV", 880)
    (folder / "lyrics.mp3").write_text("la la la")
    (folder / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


def tone(path: Path, hz: int) -> None:
    """A tenth of a second of a sine."""
    samples = (int(20_000 * math.sin(2 * math.pi * hz * n / 44_100)) for n in range(4_410))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44_100, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


async def run(pool: Pool, objects: ObjectStore, owner_id: str, folder: Path) -> list[Imported]:
    done: list[Imported] = []
    await import_files(pool, objects, owner_id, music_files(folder), done.append)
    return done


def test_files_are_found_by_name_at_any_depth(folder: Path) -> None:
    names = [path.name for path in music_files(folder)]
    assert names == ["01_low_tone.wav", "high.WAV", "lyrics.mp3"]


async def test_each_file_becomes_a_track_with_a_job_and_its_bytes(
    pool: Pool, objects: ObjectStore, owner_id: str, folder: Path
) -> None:
    done = await run(pool, objects, owner_id, folder)
    assert [each.outcome for each in done] == ["added", "added", "refused"]
    rows = await pool.fetch(
        "SELECT title, original_key, format FROM tracks WHERE creator_id = $1 ORDER BY title",
        owner_id,
    )
    assert [(row["title"], row["format"]) for row in rows] == [
        ("01 low tone", "wav"),
        ("high", "wav"),
    ]
    stored = await objects.read(rows[0]["original_key"])
    assert stored == (folder / "album" / "01_low_tone.wav").read_bytes()
    assert await pool.fetchval("SELECT count(*) FROM pgqueuer") == 2


async def test_what_is_no_music_is_told_in_words_and_leaves_nothing(
    pool: Pool, objects: ObjectStore, owner_id: str, folder: Path
) -> None:
    [*_, refused] = await run(pool, objects, owner_id, folder)
    assert refused.problem is not None
    assert refused.problem.startswith("this is a text file. We take MP3")
    assert await pool.fetchval("SELECT count(*) FROM tracks WHERE filename = 'lyrics.mp3'") == 0


async def test_a_second_import_adds_nothing(
    pool: Pool, objects: ObjectStore, owner_id: str, folder: Path
) -> None:
    await run(pool, objects, owner_id, folder)
    again = await run(pool, objects, owner_id, folder)
    assert [each.outcome for each in again] == ["known", "known", "refused"]
    assert await pool.fetchval("SELECT count(*) FROM tracks") == 2


async def test_an_owner_is_made_once_and_signs_nobody_in(pool: Pool) -> None:
    first = await account_named(pool, "library")
    assert await account_named(pool, "library") == first
    assert first.role == "content_creator"

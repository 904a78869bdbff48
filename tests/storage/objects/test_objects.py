"""One body of tests for the object store, run on the file system and on an S3 API."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from rooms.errors import Invalid, Unavailable
from storage.objects.objects import (
    CHUNK_BYTES,
    BucketSpec,
    FolderSpec,
    ObjectMissing,
    ObjectStore,
    open_objects,
)
from storage.objects.s3 import PART_BYTES
from tests.s3 import bucket_at, s3_server


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of an S3 API on a free port of this machine."""
    with s3_server() as address:
        yield address


@pytest.fixture(params=["files", "s3"])
async def objects(
    request: pytest.FixtureRequest, tmp_path: Path, s3_endpoint: str
) -> AsyncIterator[ObjectStore]:
    """An empty store of each kind."""
    spec: FolderSpec | BucketSpec = FolderSpec(tmp_path / "objects")
    if request.param == "s3":
        spec = bucket_at(s3_endpoint, f"test-{tmp_path.name.replace('_', '-').lower()[:50]}")
    async with open_objects(spec) as store:
        yield store


async def pieces(*blocks: bytes) -> AsyncIterator[bytes]:
    """A body that comes in pieces."""
    for block in blocks:
        yield block


async def read_all(stream: AsyncIterator[bytes]) -> tuple[bytes, int]:
    """What a stream yields, and the size of its largest piece."""
    blocks = [block async for block in stream]
    return b"".join(blocks), max((len(block) for block in blocks), default=0)


async def test_what_was_put_is_read_back(objects: ObjectStore) -> None:
    stat = await objects.put("tracks/a/1/master.m3u8", b"#EXTM3U\n", "application/x-mpegurl")
    assert stat.size_bytes == 8
    assert stat == await objects.stat("tracks/a/1/master.m3u8")
    assert await objects.read("tracks/a/1/master.m3u8") == b"#EXTM3U\n"


async def test_a_body_in_pieces_is_one_object(objects: ObjectStore) -> None:
    body = pieces(b"ab", b"", b"cd" * 70_000, b"e")
    stat = await objects.put("originals/a/source", body)
    assert stat.size_bytes == 140_003
    assert await objects.read("originals/a/source") == b"ab" + b"cd" * 70_000 + b"e"


async def test_a_long_body_goes_up_in_parts(objects: ObjectStore) -> None:
    block = os.urandom(PART_BYTES // 2 + 1_000)
    stat = await objects.put("originals/a/source", pieces(block, block, block))
    assert stat.size_bytes == 3 * len(block)
    whole, largest = await read_all(objects.stream("originals/a/source"))
    assert whole == 3 * block
    assert largest <= CHUNK_BYTES


async def test_a_body_without_bytes_is_an_empty_object(objects: ObjectStore) -> None:
    await objects.put("originals/a/source", pieces())
    assert (await objects.stat("originals/a/source")).size_bytes == 0
    assert await objects.read("originals/a/source") == b""


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (3, 5, b"34"),
        (0, 10, b"0123456789"),
        (8, 99, b"89"),
        (9, 10, b"9"),
        (5, 5, b""),
        (10, None, b""),
        (50, 60, b""),
    ],
)
async def test_ranges_are_cut_to_what_exists(
    objects: ObjectStore, start: int, end: int | None, expected: bytes
) -> None:
    await objects.put("tracks/a/1/x.m4s", b"0123456789")
    assert await objects.read("tracks/a/1/x.m4s", start, end) == expected
    assert (await read_all(objects.stream("tracks/a/1/x.m4s", start, end)))[0] == expected


async def test_a_second_put_replaces_the_first_and_its_etag(objects: ObjectStore) -> None:
    first = await objects.put("tracks/a/1/x", b"one")
    second = await objects.put("tracks/a/1/x", b"two, longer")
    assert first.etag != second.etag
    assert await objects.read("tracks/a/1/x") == b"two, longer"


async def test_a_body_that_fails_leaves_the_old_object(objects: ObjectStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * (PART_BYTES + 1)
        raise ConnectionResetError("the sender went away")

    await objects.put("originals/a/source", b"old")
    with pytest.raises(ConnectionResetError):
        await objects.put("originals/a/source", broken())
    with pytest.raises(ConnectionResetError):
        await objects.put("originals/b/source", broken())
    assert await objects.read("originals/a/source") == b"old"
    with pytest.raises(ObjectMissing):
        await objects.stat("originals/b/source")


async def test_a_missing_object_is_reported(objects: ObjectStore) -> None:
    await objects.put("tracks/a/1/x", b"1")
    for key in ("tracks/a/1/y", "tracks/b", "tracks/a/1", "tracks/a/1/x/y"):
        with pytest.raises(ObjectMissing):
            await objects.stat(key)
        with pytest.raises(ObjectMissing):
            await objects.read(key)
        with pytest.raises(ObjectMissing):
            await objects.read(key, 5, 5)
        with pytest.raises(ObjectMissing):
            await read_all(objects.stream(key, 1, 2))


async def test_delete_is_repeatable(objects: ObjectStore) -> None:
    await objects.put("tracks/a/1/x", b"1")
    await objects.delete("tracks/a/1/x")
    await objects.delete("tracks/a/1/x")
    with pytest.raises(ObjectMissing):
        await objects.read("tracks/a/1/x")


async def test_delete_prefix_takes_a_folder_and_not_its_neighbours(objects: ObjectStore) -> None:
    for key in ("tracks/a/1/x", "tracks/a/1/low/y", "tracks/a/12/x", "tracks/ab/1/x"):
        await objects.put(key, b"1")
    assert await objects.delete_prefix("tracks/a/1/") == 2
    assert await objects.delete_prefix("tracks/a/1/") == 0
    assert await objects.read("tracks/a/12/x") == b"1"
    assert await objects.read("tracks/ab/1/x") == b"1"


@pytest.mark.parametrize(
    "key",
    [
        *("", "/etc/passwd", "a/../b", "..", "a//b", "a/", ".incoming/x", "a/.b", "a\0b", "a b"),
        *("ä", "x" * 2_000, "a\\b", "..%2fb", "a\n"),
    ],
)
async def test_a_key_the_hub_did_not_make_is_refused(objects: ObjectStore, key: str) -> None:
    with pytest.raises(Invalid):
        await objects.put(key, b"1")
    with pytest.raises(Invalid):
        await objects.read(key)
    with pytest.raises(Invalid):
        await objects.delete(key)


@pytest.mark.parametrize("prefix", ["", "/", "tracks", "../", "a//"])
async def test_a_prefix_that_is_no_folder_is_refused(objects: ObjectStore, prefix: str) -> None:
    with pytest.raises(Invalid):
        await objects.delete_prefix(prefix)


async def test_readers_see_one_version_while_writers_replace_it(objects: ObjectStore) -> None:
    versions = [bytes([n]) * 300_000 for n in range(8)]
    await objects.put("tracks/a/1/x", versions[0])

    async def read_often() -> set[bytes]:
        return {await objects.read("tracks/a/1/x") for _ in range(12)}

    async with asyncio.TaskGroup() as tasks:
        seen = tasks.create_task(read_often())
        for version in versions:
            tasks.create_task(objects.put("tracks/a/1/x", version))
    assert seen.result() <= set(versions)


async def test_only_old_unfinished_uploads_are_swept_at_start(tmp_path: Path) -> None:
    incoming = tmp_path / ".incoming"
    incoming.mkdir()
    for name in ("of-yesterday", "of-another-process"):
        (incoming / name).write_bytes(b"half")
    os.utime(incoming / "of-yesterday", (1_000_000_000, 1_000_000_000))
    async with open_objects(FolderSpec(tmp_path)) as store:
        await store.put("a/b", b"1")
    assert [path.name for path in incoming.iterdir()] == ["of-another-process"]
    async with open_objects(FolderSpec(tmp_path)) as store:
        assert await store.read("a/b") == b"1"


async def test_a_service_that_does_not_answer_is_a_storage_error() -> None:
    spec = BucketSpec("b", "http://127.0.0.1:9", access_key_id="x", secret_access_key="x")
    with pytest.raises(Unavailable) as caught:
        async with open_objects(spec):
            pass
    assert caught.value.code == "STORAGE_ERROR"

"""The object store on a file system: one file per object, made visible by an atomic rename.

A file is written under `.incoming/`, fsynced, and renamed to its place; then its folder is fsynced.
So a power cut leaves either the old object or the new one. Blocking calls run on the store's own
threads.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ParamSpec, Self, TypeVar
from uuid import uuid4

from storage.objects.objects import (
    CHUNK_BYTES,
    ObjectMissing,
    ObjectStat,
    checked_key,
    checked_prefix,
    storage_failed,
)

THREADS = 4
"""Enough to keep a disk busy; a fifth request waits for one of them."""
STALE_S = 24 * 3_600
"""A file still incoming after a day belongs to a process that died."""
_INCOMING = ".incoming"

P = ParamSpec("P")
T = TypeVar("T")


class FileObjects:
    """Objects as files below `root`. Implements `storage.objects.objects.ObjectStore`."""

    def __init__(self, root: Path, threads: ThreadPoolExecutor) -> None:
        self._root = root
        self._threads = threads

    @classmethod
    @asynccontextmanager
    async def open(cls, root: Path) -> AsyncIterator[Self]:
        """The store in `root`; what uploads left unfinished a day ago is swept away."""
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="objects")
        store = cls(root, threads)
        try:
            await store._call(_prepare, root)
            yield store
        finally:
            threads.shutdown(wait=True, cancel_futures=True)

    async def put(
        self,
        key: str,
        body: bytes | AsyncIterable[bytes],
        content_type: str = "application/octet-stream",
    ) -> ObjectStat:
        """See `ObjectStore.put`."""
        target = self._root / checked_key(key)
        incoming = self._root / _INCOMING / uuid4().hex
        if isinstance(body, bytes):
            return await self._call(_write_whole, key, incoming, target, body)
        file = await self._call(_create, incoming)
        try:
            async for block in _in_blocks(body):
                await self._call(file.write, block)
            return await self._call(_publish, key, file, incoming, target)
        finally:
            file.close()
            incoming.unlink(missing_ok=True)

    async def stat(self, key: str) -> ObjectStat:
        """See `ObjectStore.stat`."""
        return await self._call(_stat, key, self._root / checked_key(key))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.read`."""
        return await self._call(_read, self._root / checked_key(key), start, end)

    async def stream(
        self, key: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """See `ObjectStore.stream`. The object read is the one that was there at the first byte."""
        file = await self._call(_open_at, self._root / checked_key(key), start)
        try:
            left = None if end is None else max(end - start, 0)
            while left is None or left > 0:
                size = CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)
                block = await self._call(file.read, size)
                if not block:
                    return
                if left is not None:
                    left -= len(block)
                yield block
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        await self._call(_unlink, self._root / checked_key(key))

    async def delete_prefix(self, prefix: str) -> int:
        """See `ObjectStore.delete_prefix`."""
        return await self._call(_remove_tree, self._root / checked_prefix(prefix))

    async def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as missing:
            raise ObjectMissing("There is no such file in the store.") from missing
        except OSError as error:
            raise storage_failed(error) from error


async def _in_blocks(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """`body` in blocks of about CHUNK_BYTES, so that a thread hop pays for more than one packet."""
    pending = bytearray()
    async for piece in body:
        pending += piece
        if len(pending) >= CHUNK_BYTES:
            yield bytes(pending)
            pending.clear()
    yield bytes(pending)


def _prepare(root: Path) -> None:
    incoming = root / _INCOMING
    incoming.mkdir(parents=True, exist_ok=True)
    oldest_s = time.time() - STALE_S
    for path in incoming.iterdir():
        # Another process may be writing here, and may rename a file while we look at it.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest_s:
                path.unlink()


def _create(path: Path) -> BinaryIO:
    return path.open("xb", buffering=0)


def _write_whole(key: str, incoming: Path, target: Path, body: bytes) -> ObjectStat:
    try:
        with incoming.open("xb", buffering=0) as file:
            file.write(body)
            return _publish(key, file, incoming, target)
    finally:
        incoming.unlink(missing_ok=True)


def _publish(key: str, file: BinaryIO, incoming: Path, target: Path) -> ObjectStat:
    os.fsync(file.fileno())
    while True:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            incoming.replace(target)
            break
        except FileNotFoundError:
            # delete_prefix removed the folder between the two calls; but if it was our file
            # that vanished, there is nothing to try again with.
            if not incoming.exists():
                raise
    _fsync_folder(target.parent)
    return _stat_of(key, os.fstat(file.fileno()))


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stat(key: str, path: Path) -> ObjectStat:
    found = path.stat()
    if not path.is_file():
        raise FileNotFoundError(path)
    return _stat_of(key, found)


def _stat_of(key: str, found: os.stat_result) -> ObjectStat:
    return ObjectStat(
        key=key,
        size_bytes=found.st_size,
        etag=f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}",
        modified_at_ms=found.st_mtime_ns // 1_000_000,
    )


def _open_at(path: Path, start: int) -> BinaryIO:
    file = path.open("rb", buffering=0)
    file.seek(start)
    return file


def _read(path: Path, start: int, end: int | None) -> bytes:
    with path.open("rb", buffering=0) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        stop = size_bytes if end is None else min(end, size_bytes)
        file.seek(start)
        blocks = []
        while start < stop and (block := file.read(stop - start)):
            blocks.append(block)
            start += len(block)
        return b"".join(blocks)


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return


def _remove_tree(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    count = sum(1 for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return count

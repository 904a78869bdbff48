"""The object store: uploaded originals and everything made of them, as bytes under a key.

`ObjectStore` is the contract; `FileObjects` keeps it on a file system, `S3Objects` on any service
that speaks S3 (AWS, MinIO, Ceph). One test body runs against both.
Keys are made by the hub from ids and names of a fixed list, never from what a client typed:

    originals/{track_id}/source
    tracks/{track_id}/{attempt}/master.m3u8, {rung}/init.mp4, {rung}/segment_000.m4s, cover.jpg, …

An object appears whole or not at all, and an upload that fails half-way leaves nothing to be seen.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from rooms.errors import Invalid, NotFound, Unavailable

CHUNK_BYTES = 256 * 1024
"""Size of the pieces that `stream` yields; the last one may be shorter."""

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_KEY_MAX_CHARS = 512


class ObjectMissing(NotFound):
    """There is no object under this key."""

    default_code = "OBJECT_NOT_FOUND"


class ObjectStat(Struct, frozen=True):
    """What is known of an object without reading it."""

    key: str
    size_bytes: int
    etag: str
    """Opaque; changes whenever the bytes do. Without quotes."""
    modified_at_ms: int
    """Unix time of the last `put`, in ms."""


class FolderSpec(Struct, frozen=True):
    """Objects as files under one folder of this machine."""

    root: Path


class BucketSpec(Struct, frozen=True):
    """Objects in one bucket of an S3 service."""

    bucket: str
    endpoint_url: str | None = None
    """None means AWS."""
    region: str = "us-east-1"
    access_key_id: str | None = None
    """None leaves credentials to the usual AWS chain (instance role, profile)."""
    secret_access_key: str | None = None


class ObjectStore(Protocol):
    """Bytes under keys. Every method raises `Unavailable` (STORAGE_ERROR) when the store fails."""

    async def put(
        self,
        key: str,
        body: bytes | AsyncIterable[bytes],
        content_type: str = "application/octet-stream",
    ) -> ObjectStat:
        """Write a whole object, replacing an older one in one step; on disk when it returns.

        `content_type` is for those who read the bucket directly (a CDN); it is not read back.
        If `body` raises, nothing is written and the error passes through.
        """
        ...

    async def stat(self, key: str) -> ObjectStat:
        """Size and ETag. Raises `ObjectMissing`."""
        ...

    async def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Bytes `start` to `end` (exclusive; None: to the end), cut to what exists.

        Raises `ObjectMissing`.
        """
        ...

    def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Like `read`, in pieces of at most `CHUNK_BYTES`; one piece is in memory at a time."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the object; a key without one is fine."""
        ...

    async def delete_prefix(self, prefix: str) -> int:
        """Remove every object below `prefix`, a folder ending in `/`; returns how many."""
        ...


@asynccontextmanager
async def open_objects(spec: FolderSpec | BucketSpec) -> AsyncIterator[ObjectStore]:
    """The store that `spec` names, ready to use; a missing folder or bucket is created.

    Raises `Unavailable` when it cannot be reached.
    """
    match spec:
        case FolderSpec(root):
            from storage.objects.files import FileObjects

            async with FileObjects.open(root) as files:
                yield files
        case _:
            from storage.objects.s3 import S3Objects

            async with S3Objects.open(spec) as bucket:
                yield bucket


def checked_key(key: str) -> str:
    """`key` itself, if it is one the hub could have made: no `..`, no empty or hidden name."""
    if len(key) > _KEY_MAX_CHARS or _KEY.fullmatch(key) is None:
        raise Invalid("This is no valid object key.", "INVALID_OBJECT_KEY")
    return key


def checked_prefix(prefix: str) -> str:
    """`prefix` itself, if it names a folder, so that a slip cannot empty half the store."""
    if not prefix.endswith("/"):
        raise Invalid("A prefix ends with a slash.", "INVALID_OBJECT_KEY")
    checked_key(prefix[:-1])
    return prefix


def storage_failed(cause: BaseException) -> Unavailable:
    """The one error a caller sees when the store behind the hub fails."""
    return Unavailable(
        f"The file store does not answer ({type(cause).__name__}).", "STORAGE_ERROR", status=500
    )

"""The object store on a service that speaks S3, through aiobotocore.

A body of unknown length goes up as one request when it is short and in parts when it is long, so at
most one part is in memory; a failed upload is aborted and leaves no parts behind.
"""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Self

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import ClientError as HttpError
from botocore.exceptions import BotoCoreError, ClientError

from storage.objects.objects import (
    CHUNK_BYTES,
    BucketSpec,
    ObjectMissing,
    ObjectStat,
    checked_key,
    checked_prefix,
    storage_failed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PART_BYTES = 8 * 1024 * 1024
"""Size of one part of a long upload; S3 asks for at least 5 MiB, and takes 10,000 parts."""
DELETE_BATCH = 1_000
"""Most keys that one DeleteObjects takes."""

_MISSING = {"404", "NoSuchKey", "NotFound"}


class S3Objects:
    """Objects in one bucket. Implements `storage.objects.objects.ObjectStore`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @classmethod
    @asynccontextmanager
    async def open(cls, spec: BucketSpec) -> AsyncIterator[Self]:
        """The store in `spec.bucket`, which is created when the service does not have it."""
        config = AioConfig(
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=64,
            retries={"mode": "standard", "max_attempts": 3},
            s3={"addressing_style": "path" if spec.endpoint_url else "auto"},
        )
        async with get_session().create_client(
            "s3",
            region_name=spec.region,
            endpoint_url=spec.endpoint_url,
            aws_access_key_id=spec.access_key_id,
            aws_secret_access_key=spec.secret_access_key,
            config=config,
        ) as client:
            await _ensure_bucket(client, spec)
            yield cls(client, spec.bucket)

    async def put(
        self,
        key: str,
        body: bytes | AsyncIterable[bytes],
        content_type: str = "application/octet-stream",
    ) -> ObjectStat:
        """See `ObjectStore.put`."""
        checked_key(key)
        if isinstance(body, bytes):
            await self._put_whole(key, body, content_type)
        else:
            parts = aiter(_in_parts(body))
            first = await anext(parts)
            if len(first) < PART_BYTES:
                await self._put_whole(key, first, content_type)
            else:
                await self._put_parts(key, first, parts, content_type)
        return await self.stat(key)

    async def stat(self, key: str) -> ObjectStat:
        """See `ObjectStore.stat`."""
        with _errors():
            found = await self._client.head_object(Bucket=self._bucket, Key=checked_key(key))
        return ObjectStat(
            key=key,
            size_bytes=found["ContentLength"],
            etag=found["ETag"].strip('"'),
            modified_at_ms=int(found["LastModified"].timestamp() * 1_000),
        )

    async def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """See `ObjectStore.read`."""
        return b"".join([block async for block in self.stream(key, start, end)])

    async def stream(
        self, key: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """See `ObjectStore.stream`."""
        if end is not None and end <= start:
            await self.stat(key)
            return
        wanted = {} if start == 0 and end is None else {"Range": _range(start, end)}
        try:
            with _errors():
                found = await self._client.get_object(
                    Bucket=self._bucket, Key=checked_key(key), **wanted
                )
        except _BeyondEnd:
            return
        async with found["Body"] as content:
            while True:
                with _errors():
                    block = await content.read(CHUNK_BYTES)
                if not block:
                    return
                yield block

    async def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        with _errors():
            await self._client.delete_object(Bucket=self._bucket, Key=checked_key(key))

    async def delete_prefix(self, prefix: str) -> int:
        """See `ObjectStore.delete_prefix`."""
        checked_prefix(prefix)
        count = 0
        with _errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, PaginationConfig={"PageSize": DELETE_BATCH}
            )
            async for page in pages:
                keys = [{"Key": entry["Key"]} for entry in page.get("Contents", ())]
                if keys:
                    await self._client.delete_objects(
                        Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True}
                    )
                    count += len(keys)
        return count

    async def _put_whole(self, key: str, body: bytes, content_type: str) -> None:
        with _errors():
            await self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType=content_type
            )

    async def _put_parts(
        self, key: str, first: bytes, rest: AsyncIterator[bytes], content_type: str
    ) -> None:
        with _errors():
            upload = await self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=content_type
            )
        where = {"Bucket": self._bucket, "Key": key, "UploadId": upload["UploadId"]}
        try:
            done = [await self._put_part(where, 1, first)]
            async for block in rest:
                done.append(await self._put_part(where, len(done) + 1, block))
            with _errors():
                await self._client.complete_multipart_upload(
                    **where, MultipartUpload={"Parts": done}
                )
        except BaseException:
            with _errors():
                await self._client.abort_multipart_upload(**where)
            raise

    async def _put_part(self, where: dict[str, str], number: int, block: bytes) -> dict[str, Any]:
        with _errors():
            part = await self._client.upload_part(**where, PartNumber=number, Body=block)
        return {"PartNumber": number, "ETag": part["ETag"]}


class _BeyondEnd(Exception):
    """The range starts where the object has ended."""


@contextmanager
def _errors() -> "Iterator[None]":
    """What the driver raises, as what the store promises to raise."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise ObjectMissing("There is no such file in the store.") from error
        if code in {"InvalidRange", "416"}:
            raise _BeyondEnd from error
        raise storage_failed(error) from error
    except (BotoCoreError, HttpError, OSError, TimeoutError) as error:
        raise storage_failed(error) from error


async def _ensure_bucket(client: Any, spec: BucketSpec) -> None:
    try:
        with _errors():
            await client.head_bucket(Bucket=spec.bucket)
    except ObjectMissing:
        # us-east-1 is the one region that must not be named (S3 API, CreateBucket).
        place = (
            {}
            if spec.region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": spec.region}}
        )
        with _errors():
            await client.create_bucket(Bucket=spec.bucket, **place)


async def _in_parts(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """`body` in blocks of exactly PART_BYTES and one shorter, maybe empty, block at the end."""
    pending = bytearray()
    async for piece in body:
        pending += piece
        while len(pending) >= PART_BYTES:
            yield bytes(pending[:PART_BYTES])
            del pending[:PART_BYTES]
    yield bytes(pending)


def _range(start: int, end: int | None) -> str:
    return f"bytes={start}-" if end is None else f"bytes={start}-{end - 1}"

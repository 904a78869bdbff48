"""Everything outside the process, opened in order and closed in reverse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import orjson
from msgspec import Struct

from storage.objects.objects import BucketSpec, FolderSpec, ObjectStore, open_objects
from storage.redis import RedisClient, Target, open_client, parse_target

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
"""The pool that every module of `storage` takes as its first argument."""


if TYPE_CHECKING:  # generic in its stubs only
    _Connection = asyncpg.Connection[asyncpg.Record]
else:
    _Connection = asyncpg.Connection


class Backends(Struct, frozen=True):
    """PostgreSQL, Redis and the object store, ready to use."""

    pool: Pool
    redis: RedisClient
    redis_target: Target
    """Where Redis is, for the bus, which keeps lines of its own."""
    objects: ObjectStore


class PlainConnection(_Connection):
    """A connection that the pool hands on as it is.

    asyncpg sends a RESET of five statements on each release, one more round trip for every query.
    Nothing here leaves anything behind in a session: no SET but SET LOCAL, no advisory lock outside
    a transaction, no LISTEN and no cursor on a pooled connection.
    """

    def get_reset_query(self) -> str:
        return ""


@asynccontextmanager
async def open_backends(
    *,
    database_url: str,
    redis_url: str,
    objects: FolderSpec | BucketSpec,
    pool_size: int = 10,
    application_name: str = "veza",
) -> AsyncIterator[Backends]:
    """Open all three; whoever opens closes.

    Redis is not asked to answer: the hub keeps serving without it (docs/operations.md).

    Args:
        database_url: postgresql://…
        redis_url: one of the forms that `storage.redis.parse_target` takes.
        objects: where bytes are kept.
        pool_size: most connections to PostgreSQL that this process holds.
        application_name: how the connections show in pg_stat_activity.
    """
    async with (
        open_pool(database_url, pool_size, application_name) as pool,
        open_client(redis_url) as redis,
        open_objects(objects) as store,
    ):
        yield Backends(pool=pool, redis=redis, redis_target=parse_target(redis_url), objects=store)


@asynccontextmanager
async def open_pool(
    database_url: str, size: int = 10, application_name: str = "veza"
) -> AsyncIterator[Pool]:
    """A pool of at most `size` connections whose json and jsonb are Python values (orjson)."""
    pool = asyncpg.create_pool(
        database_url,
        min_size=min(2, size),
        max_size=size,
        connection_class=PlainConnection,
        init=_prepare,
        command_timeout=30,
        server_settings={"application_name": application_name},
    )
    async with pool:
        try:
            yield pool
        except BaseException:
            # `Pool.close` waits for every connection to come back, and whoever holds one may be
            # what failed.
            pool.terminate()
            raise


async def _prepare(connection: Any) -> None:
    """Codecs of a new connection."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=_encode_jsonb,
        decoder=_decode_jsonb,
    )
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="text", encoder=_encode_json, decoder=orjson.loads
    )


def _encode_jsonb(value: Any) -> bytes:
    """PostgreSQL's binary jsonb: a version byte, then the text."""
    return b"\x01" + orjson.dumps(value)


def _decode_jsonb(value: bytes) -> Any:
    return orjson.loads(value[1:])


def _encode_json(value: Any) -> str:
    return orjson.dumps(value).decode()

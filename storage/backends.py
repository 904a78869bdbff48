"""Everything outside the process, opened in order and closed in reverse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import orjson
from msgspec import Struct

from storage.objects.objects import BucketSpec, FolderSpec, ObjectStore, open_objects
from storage.pool import CONNECT_S, BoundedPool, PlainConnection
from storage.redis import RedisClient, Target, open_client, parse_target

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
"""The pool that every module of `storage` takes as its first argument."""

QUERY_S = 30.0
"""Where nobody waits for the answer: what a worker does, and commands of an operator."""


class Backends(Struct, frozen=True):
    """PostgreSQL, Redis and the object store, ready to use."""

    pool: Pool
    redis: RedisClient
    redis_target: Target
    """Where Redis is, for the bus, which keeps lines of its own."""
    objects: ObjectStore


@asynccontextmanager
async def open_backends(
    *,
    database_url: str,
    redis_url: str,
    objects: FolderSpec | BucketSpec,
    pool_size: int = 10,
    application_name: str = "veza",
    query_s: float = QUERY_S,
) -> AsyncIterator[Backends]:
    """Open all three; whoever opens closes.

    Redis is not asked to answer: the hub keeps serving without it (docs/operations.md).

    Args:
        database_url: postgresql://…
        redis_url: one of the forms that `storage.redis.parse_target` takes.
        objects: where bytes are kept.
        pool_size: most connections to PostgreSQL that this process holds.
        application_name: how the connections show in pg_stat_activity.
        query_s: as in `open_pool`.
    """
    async with (
        open_pool(database_url, pool_size, application_name, query_s) as pool,
        open_client(redis_url) as redis,
        open_objects(objects) as store,
    ):
        yield Backends(pool=pool, redis=redis, redis_target=parse_target(redis_url), objects=store)


@asynccontextmanager
async def open_pool(
    database_url: str, size: int = 10, application_name: str = "veza", query_s: float = QUERY_S
) -> AsyncIterator[Pool]:
    """A pool of at most `size` connections whose json and jsonb are Python values (orjson).

    A query that takes longer than `query_s` is given up (TimeoutError), unless it was given a time
    of its own.
    """
    pool = BoundedPool(
        database_url,
        min_size=min(2, size),
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=PlainConnection,
        record_class=asyncpg.Record,
        init=_prepare,
        timeout=CONNECT_S,
        command_timeout=query_s,
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

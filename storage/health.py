"""Whether the servers behind a node answer, asked now and with little patience."""

import asyncio

from redis.asyncio import RedisCluster

from rooms.errors import Unavailable
from storage.backends import Pool
from storage.postgres import answering
from storage.redis import FAILURES, RedisClient

DATABASE_PATIENCE_S = 1.0
REDIS_PATIENCE_S = 0.5


async def database_answers(pool: Pool) -> bool:
    """True when PostgreSQL runs a query at once."""
    try:
        with answering():
            async with asyncio.timeout(DATABASE_PATIENCE_S):
                return bool(await pool.fetchval("SELECT true"))
    except (Unavailable, TimeoutError):
        return False


async def redis_answers(redis: RedisClient) -> bool:
    """True when Redis answers a ping at once; of a cluster, every node that holds slots."""
    try:
        async with asyncio.timeout(REDIS_PATIENCE_S):
            if isinstance(redis, RedisCluster):
                return bool(await redis.ping(target_nodes=RedisCluster.PRIMARIES))
            return bool(await redis.ping())
    except FAILURES:
        return False

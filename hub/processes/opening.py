"""What all processes open first, and the loop they run on."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvloop

from hub.settings import Settings
from rooms.features import FEATURES
from storage.backends import QUERY_S, Backends, open_backends
from storage.bus import Bus, Hint, open_bus
from storage.commit import Committer, open_committer
from storage.restored import settle_cluster
from storage.row_stores import ROW_STORES
from storage.schema import wait_for_schema


def run(process: Coroutine[Any, Any, None]) -> None:
    """Run a process on uvloop until it ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(process)


@asynccontextmanager
async def open_own_backends(
    settings: Settings, role: str, query_s: float = QUERY_S
) -> AsyncIterator[Backends]:
    """PostgreSQL, Redis and the object store that the settings name; `role` as in `veza-web`.

    A query is given up after `query_s`.

    Opens when the database has the tables of this version; should it be a backup that was restored
    elsewhere, its logs begin new epochs before anybody is served.
    """
    assert settings.database_url is not None
    assert settings.redis_url is not None
    async with open_backends(
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        objects=settings.objects(),
        pool_size=settings.database_pool,
        application_name=f"veza-{role}",
        query_s=query_s,
    ) as backends:
        await wait_for_schema(backends.pool)
        await settle_cluster(backends.pool)
        yield backends


@asynccontextmanager
async def open_speaker(
    settings: Settings, backends: Backends
) -> AsyncIterator[tuple[Bus, Committer]]:
    """The bus and the way into the logs of a process that follows no stream itself."""
    assert settings.database_url is not None
    async with (
        open_bus(backends.redis_target, _hear_nothing) as bus,
        open_committer(
            settings.database_url, FEATURES, ROW_STORES, bus.publish_commit, settings.public_url
        ) as committer,
    ):
        yield bus, committer


def _hear_nothing(_hint: Hint) -> None:
    """It speaks on the bus and listens to nothing."""

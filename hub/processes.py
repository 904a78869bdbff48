"""The Procfile's processes: what each opens, in order, and how it ends.

A stopping process first says so (/readyz answers 503), gives what is under way DRAIN_S seconds, and
closes everything in reverse order.
"""

import asyncio
import logging
import os
import time
from collections.abc import Coroutine
from typing import Any

import uvloop
from aiohttp import web

from hub.access_log import AccessLogger
from hub.announcements import Announcements
from hub.engine import Engine, listen
from hub.ingest import build_studio, open_studio
from hub.node import Node, open_node
from hub.notify import notify_ready
from hub.rest import make_authenticator, make_tokens, open_api
from hub.settings import Settings
from hub.signals import stop_signals
from hub.sockets import make_engine
from hub.sweeps import open_sweeps, sweeps
from hub.web import build_app
from media.transcode import run_worker
from rooms.features import FEATURES
from storage.backends import open_backends
from storage.bus import Hint, open_bus
from storage.commit import open_committer
from storage.row_stores import ROW_STORES

log = logging.getLogger(__name__)

KEEPALIVE_S = 75.0
"""An idle HTTP connection, and one whose next request never ends, is closed after this."""
CLOSE_OVER_S = 2.0
"""Sockets of a stopping node are closed over this time, so that they come back spread."""


def run(process: Coroutine[Any, Any, None]) -> None:
    """Run one of the processes below on uvloop until it ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(process)


async def serve(settings: Settings) -> None:
    """A web node: sockets, REST, HLS and the web client on one port, until a stop signal."""
    assert settings.database_url is not None
    assert settings.redis_url is not None
    with stop_signals() as stop:
        async with open_backends(
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            objects=settings.objects(),
            pool_size=settings.database_pool,
            application_name="veza-web",
        ) as backends:
            tokens = make_tokens(settings)
            authenticator = make_authenticator(backends, tokens)
            async with (
                open_node(
                    backends,
                    database_url=settings.database_url,
                    authenticate=authenticator.authenticate,
                    limits=settings.limits,
                    public_url=settings.public_url,
                ) as node,
                open_api(settings, node, tokens) as api,
            ):
                engine = make_engine(
                    node.door,
                    node.fanout.delivery,
                    allowed_origins=settings.allowed_origins,
                    limits=settings.limits,
                    trusted_proxies=settings.trusted_proxies,
                )
                app = build_app(
                    node,
                    api,
                    authenticator,
                    engine,
                    upload_max_bytes=settings.upload_max_bytes,
                    trusted_proxies=settings.trusted_proxies,
                    ingest_url=settings.ingest_url,
                )
                await _listen(settings, app, node, engine, stop)
    log.info("web.drained")


async def _listen(
    settings: Settings, app: web.Application, node: Node, engine: Engine, stop: asyncio.Event
) -> None:
    """Takes requests until `stop`, then sends people elsewhere and finishes what is under way."""
    runner = web.AppRunner(
        app,
        access_log_class=AccessLogger,
        access_log=logging.getLogger("hub.access"),
        shutdown_timeout=settings.drain_s,
        keepalive_timeout=KEEPALIVE_S,
    )
    await runner.setup()
    try:
        await _serve_sockets(settings, runner, node, engine, stop)
    finally:
        await runner.cleanup()


async def _serve_sockets(
    settings: Settings, runner: web.AppRunner, node: Node, engine: Engine, stop: asyncio.Event
) -> None:
    assert runner.server is not None
    async with engine:
        port = await listen(engine, runner.server, settings.host, settings.port)
        notify_ready()
        log.info("web.live", extra={"host": settings.host, "port": settings.port})
        await stop.wait()
        log.info("web.draining", extra={"drain_s": settings.drain_s})
        node.door.announce_drain(int((time.time() + settings.drain_s) * 1000))
        port.close()
        await engine.close_all("draining", over_s=min(CLOSE_OVER_S, settings.drain_s / 2))


async def work(settings: Settings) -> None:
    """A worker: transcodes uploads until a stop signal; what is under way returns to the queue."""
    assert settings.database_url is not None
    assert settings.redis_url is not None
    with stop_signals() as stop:
        async with (
            open_backends(
                database_url=settings.database_url,
                redis_url=settings.redis_url,
                objects=settings.objects(),
                pool_size=settings.database_pool,
                application_name="veza-worker",
            ) as backends,
            open_bus(backends.redis, _hear_nothing) as bus,
            open_committer(
                settings.database_url,
                FEATURES,
                ROW_STORES,
                bus.publish_commit,
                settings.public_url,
            ) as committer,
            open_sweeps(sweeps(backends)),
        ):
            notify_ready()
            await run_worker(
                pool=backends.pool,
                objects=backends.objects,
                publish=bus.publish,
                append=Announcements(backends.pool, committer).append,
                concurrency=settings.workers or max(1, (os.cpu_count() or 2) - 1),
                stop=stop,
            )
    log.info("worker.drained")


async def ingest(settings: Settings) -> None:
    """Takes in live broadcasts (WHIP) until a stop signal. One of these runs for a hub."""
    assert settings.database_url is not None
    assert settings.redis_url is not None
    with stop_signals() as stop:
        async with (
            open_backends(
                database_url=settings.database_url,
                redis_url=settings.redis_url,
                objects=settings.objects(),
                pool_size=settings.database_pool,
                application_name="veza-ingest",
            ) as backends,
            open_bus(backends.redis, _hear_nothing) as bus,
            open_committer(
                settings.database_url,
                FEATURES,
                ROW_STORES,
                bus.publish_commit,
                settings.public_url,
            ) as committer,
            open_studio(
                backends,
                committer,
                make_authenticator(backends, make_tokens(settings)).authenticate,
                settings.drain_s,
            ) as studio,
        ):
            runner = web.AppRunner(build_studio(studio), access_log=None)
            await runner.setup()
            try:
                await web.TCPSite(runner, settings.host, settings.port).start()
                notify_ready()
                log.info("ingest.live", extra={"host": settings.host, "port": settings.port})
                await stop.wait()
            finally:
                await runner.cleanup()
    log.info("ingest.drained")


def _hear_nothing(_hint: Hint) -> None:
    """A worker speaks on the bus and follows no stream."""

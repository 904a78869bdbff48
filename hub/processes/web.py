"""A web node: sockets, REST, HLS and the web client on one port."""

import asyncio
import logging
import time

from aiohttp import web

from hub import collector
from hub.access_log import AccessLogger
from hub.engine import Engine, listen
from hub.node import Node, open_node
from hub.notify import notify_ready
from hub.processes.opening import open_own_backends
from hub.rest import make_authenticator, make_tokens, open_api
from hub.settings import Settings
from hub.signals import stop_signals
from hub.sockets import make_engine
from hub.web import build_app

log = logging.getLogger(__name__)

KEEPALIVE_S = 75.0
"""An idle HTTP connection, and one whose next request never ends, is closed after this."""
CLOSE_OVER_S = 2.0
"""Sockets of a stopping node are closed over this time, so that they come back spread."""


async def serve(settings: Settings) -> None:
    """A web node: sockets, REST, HLS and the web client on one port, until a stop signal."""
    assert settings.database_url is not None
    with stop_signals() as stop:
        async with open_own_backends(settings, "web") as backends:
            tokens = make_tokens(settings)
            authenticator = make_authenticator(backends, tokens)
            async with (
                open_node(
                    backends,
                    database_url=settings.database_url,
                    authenticator=authenticator,
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
                    documented=settings.app_env != "production",
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
        collector.settle()
        port = await listen(engine, runner.server, settings.host, settings.port)
        notify_ready()
        log.info("web.live", extra={"host": settings.host, "port": settings.port})
        await stop.wait()
        log.info("web.draining", extra={"drain_s": settings.drain_s})
        node.door.announce_drain(int((time.time() + settings.drain_s) * 1000))
        port.close()
        await engine.close_all("draining", over_s=min(CLOSE_OVER_S, settings.drain_s / 2))

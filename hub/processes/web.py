"""A web node: sockets, REST, HLS and the web client on one port."""

import asyncio
import logging
import time

from aiohttp import web

from hub import collector
from hub.access_log import AccessLogger
from hub.drain import Requests, drain
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

QUERY_S = 4.0
"""Somebody waits: what PostgreSQL has not answered by then is refused, to be tried again."""
KEEPALIVE_S = 75.0
"""An idle HTTP connection, and one whose next request never ends, is closed after this."""
LINGER_S = 2.0
"""After an answer to a request that was not read to its end: time for the client to read it."""
FLUSH_S = 1.0
"""When a node stops: time for an answer's last bytes, once its handler is done."""


async def serve(settings: Settings) -> None:
    """A web node: sockets, REST, HLS and the web client on one port, until a stop signal."""
    assert settings.database_url is not None
    with stop_signals() as stop:
        async with open_own_backends(settings, "web", QUERY_S) as backends:
            tokens = make_tokens(settings)
            authenticator = make_authenticator(backends, tokens)
            async with (
                open_node(
                    backends,
                    database_url=settings.database_url,
                    authenticator=authenticator,
                    limits=settings.limits,
                    public_url=settings.public_url,
                    recovery_s=settings.recovery_s,
                    goes_live=settings.ingest_url is not None,
                    takes_rtmp=settings.takes_rtmp,
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
    requests = Requests()
    app.middlewares.insert(0, requests.count)
    runner = web.AppRunner(
        app,
        access_log_class=AccessLogger,
        access_log=logging.getLogger("hub.access"),
        shutdown_timeout=FLUSH_S,
        keepalive_timeout=KEEPALIVE_S,
        lingering_time=LINGER_S,
    )
    await runner.setup()
    assert runner.server is not None
    try:
        async with engine:
            collector.settle()
            port = await listen(engine, runner.server, settings.host, settings.port)
            notify_ready()
            log.info("web.live", extra={"host": settings.host, "port": settings.port})
            await stop.wait()
            log.info("web.draining", extra={"drain_s": settings.drain_s})
            await drain(
                node.door,
                node.sessions,
                engine,
                requests,
                tell_streams=app.shutdown,
                refuse_waiting=node.committer.refuse_waiting,
                close_port=port.close,
                drain_s=settings.drain_s,
                now_ms=time.time_ns() // 1_000_000,
            )
    finally:
        await runner.cleanup()

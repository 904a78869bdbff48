"""The process that takes in live broadcasts."""

import logging

from aiohttp import web

from hub.live.ingest import RtmpServer, build_studio, open_studio
from hub.notify import notify_ready
from hub.processes.opening import open_own_backends, open_speaker
from hub.rest import make_authenticator, make_tokens
from hub.settings import Settings
from hub.signals import stop_signals

log = logging.getLogger(__name__)


async def ingest(settings: Settings) -> None:
    """Takes in live broadcasts (WHIP, RTMP) until a stop signal. One of these runs for a hub."""
    with stop_signals() as stop:
        async with (
            open_own_backends(settings, "ingest") as backends,
            open_speaker(settings, backends) as (_, committer),
            open_studio(
                backends,
                committer,
                make_authenticator(backends, make_tokens(settings)).authenticate,
                settings.drain_s,
                _rtmp_server(settings),
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


def _rtmp_server(settings: Settings) -> RtmpServer | None:
    """The RTMP server in front, if there is one."""
    if settings.rtmp_callback_secret is None:
        return None
    return RtmpServer(settings.rtmp_callback_secret, settings.rtmp_pull_url)

"""A worker: transcodes uploads, makes messages findable, tidies up."""

import logging
import os

from hub.chores.message_words import open_message_words
from hub.chores.sweeps import open_sweeps, sweeps
from hub.fanout.announcements import Announcements
from hub.notify import notify_ready
from hub.processes.opening import open_own_backends, open_speaker
from hub.settings import Settings
from hub.signals import stop_signals
from media.transcode.job import run_worker
from storage.messages.words import MessageWords

log = logging.getLogger(__name__)


async def work(settings: Settings) -> None:
    """A worker: transcodes uploads until a stop signal; what is under way returns to the queue."""
    with stop_signals() as stop:
        async with (
            open_own_backends(settings, "worker") as backends,
            open_speaker(settings, backends) as (bus, committer),
            open_sweeps(sweeps(backends)),
            open_message_words(MessageWords(backends.pool)),
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

"""What a worker tidies now and then: rows and files whose time is over."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from rooms.errors import Unavailable
from storage.accounts.lockouts import Lockouts
from storage.backends import Backends
from storage.messages.attachments import Attachments
from storage.uploads.uploads import Uploads

log = logging.getLogger(__name__)

EVERY_S = 300.0

Sweep = Callable[[], Awaitable[int]]
"""Removes what is over; returns how many there were."""


def sweeps(backends: Backends) -> dict[str, Sweep]:
    """All sweeps by the name under which they are logged. Each may run on two workers at once."""

    async def uploads() -> int:
        return await Uploads(backends.pool).sweep(backends.objects)

    async def attachments() -> int:
        store = Attachments(backends.pool)
        over = await store.sweepable()
        for _, key in over:
            await backends.objects.delete_prefix(f"{key}/")
        await store.forget([attachment_id for attachment_id, _ in over])
        return len(over)

    return {
        "uploads": uploads,
        "attachments": attachments,
        "lockouts": Lockouts(backends.pool).sweep,
    }


@asynccontextmanager
async def open_sweeps(sweeps: Mapping[str, Sweep], every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Sweep at once and then every `every_s` while the block runs."""
    async with asyncio.TaskGroup() as tasks:
        sweeping = tasks.create_task(_sweep_on(sweeps, every_s), name="sweeps")
        try:
            yield
        finally:
            sweeping.cancel()


async def _sweep_on(sweeps: Mapping[str, Sweep], every_s: float) -> None:
    while True:
        for name, sweep in sweeps.items():
            try:
                count = await sweep()
            except Unavailable:
                log.warning("sweep.postponed", extra={"sweep": name})
                continue
            except Exception:  # what is left lying about must not end the worker
                log.exception("sweep.failed", extra={"sweep": name})
                continue
            if count:
                log.info("sweep.done", extra={"sweep": name, "count": count})
        await asyncio.sleep(every_s)

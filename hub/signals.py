"""SIGINT, SIGTERM and SIGHUP as one event: stop, and let what is under way come to its end."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that any of the three sets; inside a running loop, on the main thread."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in _STOPPING:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in _STOPPING:
            loop.remove_signal_handler(number)


async def until_told() -> None:
    """Does nothing, until one of the three comes."""
    with stop_signals() as stop:
        await stop.wait()

"""Programs that start servers and browsers end all of them, whoever ends the program, and how.

A Ctrl-C does that by itself: asyncio cancels its task, and what is not asyncio unwinds from
KeyboardInterrupt, so every block that has started something ends it. SIGTERM, as `timeout` and
systemd send it, would leave all of it behind.
"""

import asyncio
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def interruptible(main: Callable[[], int | None]) -> int:
    """Runs a program that SIGTERM and SIGHUP end as Ctrl-C does; on the main thread.

    Only the first of them counts: `timeout` sends two, and the second would cut short what ends
    the rest.

    Returns:
        What `main` does, or 128 and the number of the signal, as a shell has it.
    """
    came: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            signal.raise_signal(signal.SIGINT)

    # A shell has what it starts in the background ignore SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in _ENDING:
        signal.signal(number, interrupt)
    try:
        return main() or 0
    except KeyboardInterrupt:
        if not came:
            raise
    except Exception:
        if not came:
            raise
        traceback.print_exc()
    return 128 + came[0]


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals wait for the end of the block, so that what is started in it is also noted there.

    Short blocks only. On other threads than the main one, which no signal interrupts, it does
    nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda each, _frame: came.append(each))
        for number in (signal.SIGINT, *_ENDING)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for late in came:
        signal.raise_signal(late)


async def in_thread(work: Callable[[], T]) -> T:
    """As `asyncio.to_thread`, but who is cancelled waits for the thread: it may just be starting
    a process, which nobody would find to end."""
    thread = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait([thread])
        raise

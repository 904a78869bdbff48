"""Waiting for what gives no sign of itself: a row, another process, an attribute of a node.

What does give a sign (an event, a frame, a line of a process) is waited for itself.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")

EACH_S = 0.02
"""How often it is asked for."""


@overload
async def eventually(
    found: Callable[[], Awaitable[T]], within_s: float = ..., each_s: float = ...
) -> T: ...


@overload
async def eventually(found: Callable[[], T], within_s: float = ..., each_s: float = ...) -> T: ...


async def eventually(
    found: Callable[[], Any], within_s: float = 10.0, each_s: float = EACH_S
) -> Any:
    """What `found` gives as soon as that is truthy.

    Args:
        found: asked again and again; an exception of it is the caller's.
        within_s: the deadline.
        each_s: between one question and the next.

    Raises:
        TimeoutError: it never was; names what was found last.
    """
    last: Any = None
    try:
        async with asyncio.timeout(within_s):
            while True:
                last = found()
                if inspect.isawaitable(last):
                    last = await last
                if last:
                    return last
                await asyncio.sleep(each_s)  # pace: of asking
    except TimeoutError:
        raise TimeoutError(f"not within {within_s:g} s; last found: {last!r}") from None


def eventually_blocking(found: Callable[[], T], within_s: float = 10.0) -> T:
    """The same where no loop runs."""
    give_up_at = time.monotonic() + within_s
    while not (last := found()):
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"not within {within_s:g} s; last found: {last!r}")
        time.sleep(EACH_S)  # pace: of asking
    return last

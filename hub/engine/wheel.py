"""Coarse timers for thousands of sockets: one loop timer for all of them.

A socket's deadlines (handshake, ping, pong) need no precision, are set far more often than they
fire, and are never cancelled: whoever is called looks whether he is still due.
"""

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


class Wheel:
    """Calls back within one `tick_s` after the time asked for, never before it.

    Open with `async with`; what has not fired by the end is forgotten.
    """

    def __init__(self, tick_s: float) -> None:
        self.tick_s = tick_s
        self._buckets: dict[int, list[Callable[[], None]]] = {}
        self._turned = 0
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop

    async def __aenter__(self) -> "Wheel":
        self._loop = asyncio.get_running_loop()
        self._turned = int(self._loop.time() / self.tick_s)
        self._schedule()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._buckets.clear()

    def after(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Calls `callback` once `delay_s` have passed."""
        bucket = int((self._loop.time() + delay_s) / self.tick_s) + 1
        self._buckets.setdefault(bucket, []).append(callback)

    def _schedule(self) -> None:
        at_s = (self._turned + 1) * self.tick_s
        self._timer = self._loop.call_at(at_s, self._turn)

    def _turn(self) -> None:
        now = int(self._loop.time() / self.tick_s)
        due = [b for number in range(self._turned + 1, now + 1) if (b := self._take(number))]
        self._turned = max(self._turned, now)
        self._schedule()
        for bucket in due:
            for callback in bucket:
                try:
                    callback()
                except Exception:  # one socket's fault must not stop the others' clocks
                    log.exception("wheel.callback_failed")

    def _take(self, number: int) -> list[Callable[[], None]] | None:
        return self._buckets.pop(number, None)

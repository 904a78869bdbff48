"""A token bucket for one socket."""

import asyncio


class Budget:
    """So many at once, so many a second after.

    Args:
        per_s: sustained rate; None lifts the limit.
        burst: what a rested client may spend at once.
    """

    __slots__ = ("_burst", "_left", "_per_s", "_since_s")

    def __init__(self, per_s: float | None, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._since_s: float | None = None

    def spend(self, clock: asyncio.AbstractEventLoop) -> bool:
        """Takes one token; False when there is none."""
        if self._per_s is None:
            return True
        now_s = clock.time()
        if self._since_s is not None:
            gained = (now_s - self._since_s) * self._per_s
            self._left = min(float(self._burst), self._left + gained)
        self._since_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True

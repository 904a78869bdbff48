"""How often somebody may do something.

REST requests are counted in Redis, so that all nodes count together (sliding window counter of the
library `limits`). While Redis is away each node counts for itself at half the limit: a limit fails
neither open nor shut. Socket events are counted in the process that holds the socket.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from msgspec import Struct

from rooms.feature import Limit
from storage.keys import PREFIX
from storage.redis import FAILURES, RedisClient

log = logging.getLogger(__name__)

MAX_BUCKETS = 100_000
"""About 20 MB. Beyond, buckets that are full again go first, then those touched longest ago."""
REDIS_WAIT_S = 0.25
"""Longer than this a request does not wait to be counted."""
REDIS_PAUSE_S = 1.0
"""After a failure Redis is left alone for so long."""


class Quota(Struct, frozen=True):
    """Where a caller stands against one limit."""

    limit: int
    remaining: int
    reset_at_s: int
    """Unix time when the next request is welcome."""
    retry_after_ms: int | None
    """None: this one was let through."""


class RequestLimiter:
    """Counts REST requests by a key that names the route and the caller."""

    def __init__(self, redis: RedisClient | None, enabled: bool = True) -> None:
        self._enabled = enabled
        self._here = Buckets()
        self._redis_back_at = 0.0
        self._counter: SlidingWindowCounterRateLimiter | None = None
        if redis is not None:
            self._counter = SlidingWindowCounterRateLimiter(_SharedClient(redis))

    async def hit(self, key: str, limit: Limit) -> Quota | None:
        """Count one request. None when limits are off."""
        if not self._enabled:
            return None
        if self._counter is not None and time.monotonic() >= self._redis_back_at:
            try:
                async with asyncio.timeout(REDIS_WAIT_S):
                    return await _count(self._counter, key, limit)
            except FAILURES as exc:
                self._redis_back_at = time.monotonic() + REDIS_PAUSE_S
                log.warning("limits.redis_away", extra={"error": type(exc).__name__})
        return self._count_here(key, limit)

    def _count_here(self, key: str, limit: Limit) -> Quota:
        # Half, because another node may be counting the same caller: with two nodes the sum is
        # right, with more it is what a node can know.
        half = Limit(max(1, limit.count // 2), limit.per_s)
        retry_after_ms = self._here.take(key, half)
        reset_at_s = math.ceil(time.time() + (retry_after_ms or 0) / 1000)
        return Quota(limit.count, 0, reset_at_s, retry_after_ms)


class _SharedClient(RedisStorage):
    """The library's scripts on the hub's own client: one server, a master, or a cluster.

    The two keys of a window have a hash tag in common, so a cluster keeps them together.
    """

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        super().__init__("async+redis://", implementation="redispy", key_prefix=f"{PREFIX}limit")

    def configure_bridge(self) -> None:
        assert isinstance(self.bridge, RedispyBridge)
        self.bridge.storage = self._redis
        # Its protocol of a client asks for two methods under names that only coredis has.
        self.bridge.connection_getter = lambda _: self._redis  # type: ignore[assignment,return-value]


class EventLimiter:
    """Token buckets of socket events, one per user and event, in this process."""

    def __init__(self, enabled: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = Buckets(clock) if enabled else None

    def hit(self, user_id: str, event: str, limit: Limit) -> int | None:
        """Take one token; None: go on, else in how many ms there will be one."""
        if self._buckets is None:
            return None
        return self._buckets.take(f"{user_id}\0{event}", limit)


class Buckets:
    """Token buckets as one number each: the time at which the bucket is full again (GCRA).

    Args:
        clock: seconds that never run backwards.
        most: buckets kept; see `MAX_BUCKETS`.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, most: int = MAX_BUCKETS
    ) -> None:
        self._clock = clock
        self._most = most
        self._full_at: dict[str, float] = {}

    def take(self, key: str, limit: Limit) -> int | None:
        """Take one token of `key`; None: taken, else in how many ms there will be one."""
        now = self._clock()
        each_s = limit.per_s / limit.count
        full_at = max(self._full_at.pop(key, now), now) + each_s
        over_s = full_at - now - limit.per_s
        if over_s > 1e-9:
            self._full_at[key] = full_at - each_s
            return max(1, math.ceil(over_s * 1000))
        if len(self._full_at) >= self._most:
            self._make_room(now)
        self._full_at[key] = full_at
        return None

    def __len__(self) -> int:
        return len(self._full_at)

    def _make_room(self, now: float) -> None:
        # A full bucket and no bucket are the same. The dict is in order of last use, because `take`
        # puts its key at the end.
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        for key in list(self._full_at)[: max(0, len(self._full_at) - self._most * 3 // 4)]:
            del self._full_at[key]


async def _count(counter: SlidingWindowCounterRateLimiter, key: str, limit: Limit) -> Quota:
    item = RateLimitItemPerSecond(limit.count, limit.per_s)
    allowed = await counter.hit(item, key)
    stats = await counter.get_window_stats(item, key)
    reset_at_s = math.ceil(stats.reset_time)
    wait_ms = max(1, math.ceil((stats.reset_time - time.time()) * 1000))
    return Quota(limit.count, stats.remaining, reset_at_s, None if allowed else wait_ms)

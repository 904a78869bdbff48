"""Which nodes live, and that this one does: what it says of itself each beat, and for how long."""

import logging
import time
from math import inf

from hub.presence.telling import LEASE_MS
from rooms.errors import Unavailable
from storage.presence.places import Places

log = logging.getLogger(__name__)


class Lives:
    """The lives of all nodes, as this one knows them.

    Args:
        store: Redis, and the leases that are known of.
    """

    def __init__(self, store: Places) -> None:
        self._store = store
        self._alive: frozenset[str] = frozenset()
        """Nodes that lived when they were last looked at."""
        self._is_new = True
        self._is_named = True
        """False: Redis has forgotten this node, and has yet to hear all of it again."""

    async def beat(self) -> bool:
        """This node lives. False: Redis has to be told everything, and then `name` follows.

        While Redis does not answer nobody can say that he lives: whoever did still does.

        Raises:
            Unavailable: Redis does not answer.
        """
        now_ms = _now_ms()
        try:
            is_known = await self._store.beat(now_ms, LEASE_MS)
        except Unavailable:
            self._store.hold(self._alive, now_ms + LEASE_MS)
            raise
        if not is_known:
            self._is_named = self._is_new
        self._is_new = False
        return is_known

    async def name(self) -> bool:
        """Redis has been told everything; whether it should be told once more.

        So when it had forgotten this node: it may just have lost what it was told, too.
        """
        if self._is_named:
            return False
        self._is_named = True
        try:
            await self._store.name(_now_ms(), LEASE_MS)
        except Unavailable:
            log.debug("presence.redis_away")
        return True

    def changed(self) -> bool:
        """Whether others live than when this was last asked."""
        now_ms = _now_ms()
        alive = frozenset(node for node, until in self._store.leases.items() if until > now_ms)
        before, self._alive = self._alive, alive
        return alive != before

    def next_end_s(self) -> float:
        """In how many seconds the next of those who lived is dead, unless he is heard of."""
        ends = (self._store.leases.get(node, inf) for node in self._alive)
        return max(0.0, (min(ends, default=inf) - _now_ms()) / 1000)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

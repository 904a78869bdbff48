"""Keeps the followed streams of a node up to their logs, whatever the bus has lost.

A hole that stays is read from the log. The heads of all followed streams are compared with
PostgreSQL every second, so that a lost last event surfaces, too; offsets build on the same look
(hub/recovery).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from hub.fanout.followed import Followed
from hub.metrics import FANOUT_REPAIRED
from hub.recovery.stamps import Stamps
from rooms.errors import HubError
from storage.log import Head, Log, LogEvent
from storage.recoveries import Recoveries

log = logging.getLogger(__name__)

HOLD_S = 0.02
"""How long a hole may stay before the log is asked: the other node's hint is usually on its way."""
HEADS_EVERY_S = 1.0
HEADS_EVERY_WITHOUT_BUS_S = 0.4
"""With Redis away delivery lives on the log alone (P6: p99 within 700 ms)."""
CROWDED_S = 0.1
"""How soon heads are looked at again when offsets have become too long."""


async def _nothing() -> None:
    """What a watch does after a look, until it is told."""


class LogWatch:
    """Looks at the logs of followed streams; its owner runs `run`.

    Args:
        streams: what is followed, by name.
        stream_log: their logs.
        deliver: takes the next event of a stream.
        release: delivers what a stream has held, as far as it follows on.
        recoveries: with them each look takes a snapshot for `stamps`.
        stamps: the offsets of this node.
    """

    def __init__(
        self,
        streams: Mapping[str, Followed],
        stream_log: Log,
        deliver: Callable[[Followed, LogEvent], None],
        release: Callable[[Followed], None],
        recoveries: Recoveries | None,
        stamps: Stamps | None,
    ) -> None:
        self._streams = streams
        self._log = stream_log
        self._deliver = deliver
        self._release = release
        self._recoveries = recoveries
        self._stamps = stamps
        self._looking_soon = False
        self._due = asyncio.Event()
        self.is_hearing: Callable[[], bool] = lambda: False
        """Whether the bus brings what happens."""
        self.afterwards: Callable[[], Awaitable[None]] = _nothing
        """Called after each look."""

    def wake(self) -> None:
        """Looks now: there is a hole, or was a time when nothing was heard."""
        self._due.set()

    def look_soon(self) -> None:
        """Looks within `CROWDED_S`."""
        if not self._looking_soon:
            self._looking_soon = True
            asyncio.get_running_loop().call_later(CROWDED_S, self._due.set)

    async def run(self) -> None:
        """Repairs holes and compares heads for ever."""
        while True:
            holes = [s for s in self._streams.values() if s.held]
            pause_s = HEADS_EVERY_S if self.is_hearing() else HEADS_EVERY_WITHOUT_BUS_S
            try:
                async with asyncio.timeout(HOLD_S if holes else pause_s):
                    await self._due.wait()
            except TimeoutError:
                pass
            self._due.clear()
            try:
                await self._repair()
                await self.afterwards()
            except (HubError, OSError, TimeoutError) as error:
                log.warning("fanout.repair_failed", extra={"error": type(error).__name__})
            except Exception:  # the loop that must live: PostgreSQL may be away in many ways
                log.exception("fanout.repair_failed")

    async def fill(self, followed: Followed, until: int) -> None:
        """Delivers from the log what is missing up to `until`."""
        while followed.cursor is not None and followed.cursor < until:
            events = await self._log.read(followed.name, followed.epoch, followed.cursor, until)
            if not events:
                return
            for event in events:
                self._mend(followed, event)
        self._release(followed)

    def _mend(self, followed: Followed, event: LogEvent) -> None:
        """Delivers what is next; while the log was read others may have, or the last have left."""
        if followed.cursor is not None and event.seq == followed.cursor + 1:
            self._deliver(followed, event)
            FANOUT_REPAIRED.inc()

    async def _repair(self) -> None:
        """Fills holes that are old enough, and whatever the heads say is missing."""
        streams = {s.stream_id: s for s in self._streams.values() if s.cursor is not None}
        if not streams:
            return
        heads = await self._look(list(streams))
        now = asyncio.get_running_loop().time()
        for stream_id, head in heads.items():
            followed = streams[stream_id]
            if followed.epoch and followed.epoch != head.epoch:
                self._reset(followed, head.epoch, head.seq)
                continue
            followed.epoch = head.epoch
            if followed.cursor is None or followed.cursor >= head.seq:
                continue
            if followed.held and now < followed.hold_until:
                asyncio.get_running_loop().call_later(HOLD_S, self._due.set)
                continue
            await self.fill(followed, head.seq)

    async def _look(self, stream_ids: list[str]) -> Mapping[str, Head]:
        """The heads of the followed streams; offsets build on them from here on."""
        if self._recoveries is None or self._stamps is None:
            return await self._log.heads(stream_ids)
        self._looking_soon = False
        observation = await self._recoveries.observe(stream_ids)
        self._stamps.observe(observation)
        if observation.life is None:
            await self._recoveries.begin_life()
            self._due.set()
        return observation.heads

    def _reset(self, followed: Followed, epoch: str, seq: int) -> None:
        """History was replaced (a restored backup): sockets have to subscribe anew."""
        log.warning("fanout.epoch_changed", extra={"stream": followed.name})
        followed.epoch = epoch
        followed.cursor = seq
        followed.held.clear()
        for session in [*followed.live, *followed.joining]:
            session.end("draining")

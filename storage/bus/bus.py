"""The bus: publishes hints and hears those of the streams it is subscribed to.

What it carries is a hint: durable events are on disk before they are published, and a node that
misses one reads it from the log. So the bus may lose anything and never fails its callers. What a
server does not take goes straight to this node's own listener, which keeps a single node quick.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, TypeAlias

import msgspec

from storage import keys
from storage.bus import hints
from storage.bus.hints import Durable, Ephemeral, Hint
from storage.bus.layout import ClusterDown, Layout, Surveyor, open_surveyor
from storage.bus.line import Line, open_line
from storage.commit import StreamEvents
from storage.metrics import BUS_CONNECTED, BUS_DROPPED, BUS_LINES, BUS_RECONNECTS, BUS_REPAIRS
from storage.redis import FAILURES, Address, Target

log = logging.getLogger(__name__)

RECONNECT_DELAYS_S = (0.05, 0.1, 0.2, 0.5, 1.0)
LOOK_EVERY_S = 5.0
"""Even when all is well, sentinels and clusters are asked so often whether something has moved."""
CONFIRM_TIMEOUT_S = 0.5

State: TypeAlias = Literal["up", "partly", "down"]


class Bus:
    """Hints between nodes. Open it with `open_bus`."""

    def __init__(self, target: Target, surveyor: Surveyor, hear: Callable[[Hint], None]) -> None:
        self._target = target
        self._surveyor = surveyor
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._layout = Layout()
        self._lines: dict[Address, Line] = {}
        self._wanted: dict[str, bytes] = {}
        self._look = asyncio.Event()
        self.state: State = "down"
        """`up`: every channel is heard. `partly`: those of some servers are not."""
        self.on_reconnected: Callable[[], None] = lambda: None
        """Called after a gap in hearing: whoever follows logs should read on from them."""

    @property
    def connected(self) -> bool:
        """True while every channel is heard."""
        return self.state == "up"

    def publish_commit(self, commits: Sequence[StreamEvents]) -> None:
        """Tells the other nodes what a commit added; never fails, never waits."""
        for commit in commits:
            self._send(Durable(commit.stream, commit.epoch, commit.events))

    async def publish(self, stream: str, event: str, data: Any) -> None:
        """Sends an ephemeral event to everybody who follows `stream`; at most once, never fails."""
        self._send(Ephemeral(stream, event, msgspec.json.encode(data)))

    def publish_nowait(self, stream: str, event: str, data: Any) -> None:
        """The same for callers that do not await."""
        self._send(Ephemeral(stream, event, msgspec.json.encode(data)))

    def publish_encoded(self, stream: str, event: str, data: bytes) -> None:
        """The same when `data` is JSON already."""
        self._send(Ephemeral(stream, event, data))

    async def subscribe(self, stream: str) -> None:
        """Hears `stream` from now on; returns when Redis has confirmed it or does not answer.

        After a confirmation nothing published is missed; without one the log's heads tell.
        """
        channel = self._wanted[stream] = keys.channel(stream).encode()
        line = self._line(channel)
        if line is None:
            return
        line.subscribe(channel)
        with suppress(*FAILURES):
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                await line.settled()

    async def unsubscribe(self, stream: str) -> None:
        """Stops hearing `stream`."""
        channel = self._wanted.pop(stream, None)
        if channel is not None and (line := self._line(channel)) is not None:
            line.unsubscribe(channel)

    async def run(self) -> None:
        """Keeps a line to every server that carries channels; owned by `open_bus`."""
        failures = 0
        while True:
            self._look.clear()
            try:
                await self._follow(await self._surveyor.look())
            except ClusterDown:
                self._layout = Layout()
            except FAILURES as error:  # nobody tells: as long as the lines hold, nothing is wrong
                log.info("bus.layout_unknown", extra={"error": str(error)})
            self._judge()
            if self.connected:
                failures = 0
                await self._wait(LOOK_EVERY_S)
            else:
                # Not at once, whatever happens meanwhile: nobody is helped by a storm.
                await asyncio.sleep(RECONNECT_DELAYS_S[min(failures, len(RECONNECT_DELAYS_S) - 1)])
                failures += 1

    def close(self) -> None:
        """Ends all lines; owned by `open_bus`."""
        for line in self._lines.values():
            line.close()
        self._lines.clear()
        self._judge()

    # What lines report (storage.bus.line.Owner).

    def heard(self, payload: bytes) -> None:
        """A hint came in."""
        try:
            hint = hints.decode(payload)
        except msgspec.MsgspecError as error:
            log.warning("bus.unreadable", extra={"error": str(error)})
            return
        self._hear_here(hint)

    def refused(self, hint: Hint | None, error: str) -> None:
        """The server did not take it: usually a slot has moved, or its cluster is down."""
        log.info("bus.refused", extra={"error": error.partition(" ")[0]})
        if hint is not None:
            BUS_DROPPED.inc()
            self._hear_here(hint)
        self._look.set()

    def lost(self, line: Line, unanswered: Sequence[Hint]) -> None:
        """A line broke: what was on its way is read from the logs."""
        log.warning("bus.line_lost", extra={"server": str(line.address)})
        if self._lines.get(line.address) is line:
            del self._lines[line.address]
        BUS_RECONNECTS.inc()
        BUS_DROPPED.inc(len(unanswered))
        for hint in unanswered:
            # An ephemeral event may have arrived, and comes at most once.
            if isinstance(hint, Durable):
                self._hear_here(hint)
        self._judge()
        self._repair()
        self._look.set()

    def _send(self, hint: Hint) -> None:
        channel = self._wanted.get(hint.stream) or keys.channel(hint.stream).encode()
        line = self._line(channel)
        if line is None or not line.publish(channel, hint, hints.encode(hint)):
            BUS_DROPPED.inc()
            self._loop.call_soon(self._hear_here, hint)

    def _line(self, channel: bytes) -> Line | None:
        owner = self._layout.owner(channel)
        return self._lines.get(owner) if owner is not None else None

    def _hear_here(self, hint: Hint) -> None:
        if hint.stream not in self._wanted:
            return
        try:
            self._hear(hint)
        except Exception:  # one hint must not cost the line that brought it
            log.exception("bus.hearer_failed", extra={"hint": type(hint).__name__})

    async def _follow(self, layout: Layout) -> None:
        """Opens the lines that a layout needs, closes the others, and subscribes where it says."""
        servers = layout.servers()
        for address in [a for a in self._lines if a not in servers]:
            self._lines.pop(address).close()
        missing = [address for address in servers if address not in self._lines]
        opened = await asyncio.gather(
            *(open_line(a, self._target, self, sharded=layout.sharded) for a in missing),
            return_exceptions=True,
        )
        for address, line in zip(missing, opened, strict=True):
            if isinstance(line, Line):
                if line.is_open:
                    self._lines[address] = line
            elif not isinstance(line, FAILURES):
                raise line
            else:
                log.info("bus.no_line", extra={"server": str(address), "error": str(line)})
        changed = layout != self._layout or any(isinstance(line, Line) for line in opened)
        self._layout = layout
        if self._place_subscriptions() or changed:
            await asyncio.gather(
                *(line.settled() for line in list(self._lines.values())), return_exceptions=True
            )
            self._repair()

    def _place_subscriptions(self) -> bool:
        """Has each wanted channel on the line that carries it; True when something was missing."""
        wanted: dict[Address, set[bytes]] = {address: set() for address in self._lines}
        for channel in self._wanted.values():
            owner = self._layout.owner(channel)
            if owner in wanted:
                wanted[owner].add(channel)
        missing = False
        for address, line in self._lines.items():
            for channel in line.channels - wanted[address]:
                line.unsubscribe(channel)
            for channel in wanted[address] - line.channels:
                missing = True
                line.subscribe(channel)
        return missing

    def _judge(self) -> None:
        """Says how much is heard, to whoever asks and in the metrics."""
        servers = self._layout.servers()
        before = self.state
        if not servers or not self._lines:
            self.state = "down"
        elif (
            len(self._lines) < len(servers)
            or not self._layout.is_whole()
            or self._is_missing_some()
        ):
            self.state = "partly"
        else:
            self.state = "up"
        if self.state != before:
            log.log(
                logging.INFO if self.connected else logging.WARNING,
                "bus.state",
                extra={"state": self.state, "servers": len(servers), "lines": len(self._lines)},
            )
        BUS_CONNECTED.set(1 if self.connected else 0)
        BUS_LINES.set(len(self._lines))

    def _is_missing_some(self) -> bool:
        return any(
            (line := self._line(channel)) is None or channel not in line.channels
            for channel in self._wanted.values()
        )

    def _repair(self) -> None:
        BUS_REPAIRS.inc()
        self.on_reconnected()

    async def _wait(self, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._look.wait()
        except TimeoutError:
            pass


@asynccontextmanager
async def open_bus(target: Target, hear: Callable[[Hint], None]) -> AsyncIterator[Bus]:
    """A running bus.

    `hear` takes each hint on a stream that was subscribed to; synchronous, must not fail.
    """
    async with open_surveyor(target) as surveyor:
        bus = Bus(target, surveyor, hear)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(bus.run(), name="bus")
            try:
                yield bus
            finally:
                task.cancel()
                bus.close()

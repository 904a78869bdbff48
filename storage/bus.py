"""The bus between nodes: Redis pub/sub, one channel per stream.

What it carries is a hint: durable events are on disk before they are published, and a node that
misses one reads it from the log. So the bus may lose anything and never fails its callers. While
Redis is away, a node's own hints go straight to its own listener, which keeps a single node quick.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from storage import keys
from storage.commit import StreamEvents
from storage.log import LogEvent
from storage.metrics import BUS_CONNECTED, BUS_DROPPED, BUS_RECONNECTS

log = logging.getLogger(__name__)

MAX_WAITING = 5_000
"""Hints that may wait for Redis; beyond, the oldest are dropped (the log has what they said)."""
MAX_PIPELINE = 200
RECONNECT_DELAYS_S = (0.05, 0.1, 0.2, 0.5, 1.0)
CONFIRM_TIMEOUT_S = 0.5


class Ephemeral(Struct, frozen=True, array_like=True, tag="e"):
    """An event at most once, without seq: typing, counters, progress. `data` is JSON."""

    stream: str
    event: str
    data: bytes


class Durable(Struct, frozen=True, array_like=True, tag="d"):
    """New events of one stream, as a commit made them."""

    stream: str
    epoch: str
    events: list[LogEvent]


Hint = Ephemeral | Durable
_decoder = msgspec.msgpack.Decoder(Hint)


class Bus:
    """Publishes hints and hears those of the streams it is subscribed to."""

    def __init__(self, redis: Redis, hear: Callable[[Hint], None]) -> None:
        self._redis = redis
        self._hear = hear
        self._outgoing: deque[Hint] = deque(maxlen=MAX_WAITING)
        self._outgoing_arrived = asyncio.Event()
        self._wanted: set[str] = set()
        self._confirmations: dict[bytes, asyncio.Future[None]] = {}
        self._pubsub: PubSub | None = None
        self.connected = False
        self.on_reconnected: Callable[[], None] = lambda: None
        """Called after a gap in hearing: whoever follows logs should read on from them."""

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

    async def subscribe(self, stream: str) -> None:
        """Hears `stream` from now on; returns when Redis has confirmed it or does not answer.

        After a confirmation nothing published is missed; without one the log's heads tell.
        """
        self._wanted.add(stream)
        pubsub = self._pubsub
        if pubsub is None or not self.connected:
            return
        channel = keys.channel(stream).encode()
        confirmed = self._confirmations.get(channel)
        if confirmed is None:
            confirmed = asyncio.get_running_loop().create_future()
            self._confirmations[channel] = confirmed
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                await pubsub.subscribe(channel)
                await asyncio.shield(confirmed)
        except (RedisError, OSError, TimeoutError):
            self._confirmations.pop(channel, None)

    async def unsubscribe(self, stream: str) -> None:
        """Stops hearing `stream`."""
        self._wanted.discard(stream)
        pubsub = self._pubsub
        if pubsub is not None and self.connected:
            with suppress(RedisError, OSError):
                await pubsub.unsubscribe(keys.channel(stream))

    def _send(self, hint: Hint) -> None:
        if len(self._outgoing) == MAX_WAITING:
            BUS_DROPPED.inc()
        self._outgoing.append(hint)
        self._outgoing_arrived.set()

    async def run_sender(self) -> None:
        """Owned by `open_bus`: writes what waits to Redis, many hints in one round trip."""
        while True:
            await self._outgoing_arrived.wait()
            self._outgoing_arrived.clear()
            while self._outgoing:
                count = min(MAX_PIPELINE, len(self._outgoing))
                await self._flush([self._outgoing.popleft() for _ in range(count)])

    async def _flush(self, hints: Sequence[Hint]) -> None:
        if not self.connected:
            self._hear_directly(hints)
            return
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for hint in hints:
                pipeline.publish(keys.channel(hint.stream), msgspec.msgpack.encode(hint))
            await pipeline.execute()
        except (RedisError, OSError):
            BUS_DROPPED.inc(len(hints))
            self._hear_directly(hints)

    def _hear_directly(self, hints: Sequence[Hint]) -> None:
        for hint in hints:
            if hint.stream in self._wanted:
                self._hear(hint)

    async def run_listener(self) -> None:
        """Owned by `open_bus`: hears Redis, and comes back after every loss of it."""
        failures = 0
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                delay_s = RECONNECT_DELAYS_S[min(failures, len(RECONNECT_DELAYS_S) - 1)]
                if failures == 0:
                    log.warning("bus.lost", extra={"error": type(error).__name__})
                failures = 0 if self.connected else failures + 1
                self._set_connected(False)
                BUS_RECONNECTS.inc()
                await asyncio.sleep(delay_s)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as pubsub:
            await self._redis.ping()
            # A channel of its own keeps the connection subscribed while no room is wanted.
            await pubsub.subscribe(
                keys.channel("alive"), *(keys.channel(stream) for stream in self._wanted)
            )
            self._pubsub = pubsub
            self._set_connected(True)
            self.on_reconnected()
            try:
                while True:
                    message = await pubsub.get_message(timeout=5.0)
                    if message is None:
                        await pubsub.ping()
                    elif message["type"] == "message":
                        self._hear(_decoder.decode(message["data"]))
                    elif message["type"] == "subscribe":
                        self._confirm(message["channel"])
            finally:
                self._pubsub = None

    def _confirm(self, channel: bytes) -> None:
        confirmed = self._confirmations.pop(channel, None)
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(None)

    def _set_connected(self, connected: bool) -> None:
        self.connected = connected
        BUS_CONNECTED.set(1 if connected else 0)


@asynccontextmanager
async def open_bus(redis: Redis, hear: Callable[[Hint], None]) -> AsyncIterator[Bus]:
    """A running bus.

    `hear` takes each hint on a stream that was subscribed to; synchronous, must not fail.
    """
    bus = Bus(redis, hear)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(bus.run_sender(), name="bus-sender"),
            tasks.create_task(bus.run_listener(), name="bus-listener"),
        ]
        try:
            yield bus
        finally:
            for task in running:
                task.cancel()

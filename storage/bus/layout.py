"""Where the channels are: on one server, on the master of the moment, or by slot in a cluster."""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from msgspec import Struct
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import ResponseError

from storage.redis import FAILURES, Address, Target
from storage.redis.client import sentinels, tls_options

LOOK_TIMEOUT_S = 1.0


class ClusterDown(ConnectionError):
    """The cluster's nodes answer and say that it serves nobody."""


class Slots(Struct, frozen=True):
    """Slots `first` to `last` and the primary that holds them."""

    first: int
    last: int
    owner: Address


class Layout(Struct, frozen=True):
    """Which server a channel is published and heard on."""

    everywhere: Address | None = None
    """One server for all channels."""
    slots: tuple[Slots, ...] = ()
    """Otherwise, in order; channels of a slot in none of them have no server just now."""

    @property
    def sharded(self) -> bool:
        """True when channels belong to slots (SPUBLISH, SSUBSCRIBE)."""
        return self.everywhere is None

    def servers(self) -> frozenset[Address]:
        """All that somebody needs a line to."""
        if self.everywhere is not None:
            return frozenset({self.everywhere})
        return frozenset(held.owner for held in self.slots)

    def owner(self, channel: bytes) -> Address | None:
        """Who carries this channel."""
        if self.everywhere is not None:
            return self.everywhere
        slot = key_slot(channel)
        index = bisect_right(self.slots, slot, key=_first) - 1
        held = self.slots[index] if index >= 0 else None
        return held.owner if held is not None and slot <= held.last else None

    def is_whole(self) -> bool:
        """True when every channel has a server."""
        held = sum(slots.last - slots.first + 1 for slots in self.slots)
        return self.everywhere is not None or held == REDIS_CLUSTER_HASH_SLOTS


class Surveyor(Protocol):
    """Finds out the layout as it is now."""

    async def look(self) -> Layout:
        """Asks, or knows.

        Raises:
            ClusterDown: it is known that nobody is served.
            any other of `storage.redis.FAILURES`: nobody could tell.
        """


class OneServer:
    """A server at an address that never changes."""

    def __init__(self, target: Target) -> None:
        self._layout = Layout(everywhere=target.addresses[0])

    async def look(self) -> Layout:
        return self._layout


class BehindSentinels:
    """The master that the sentinels name."""

    def __init__(self, manager: Sentinel, service: str) -> None:
        self._manager = manager
        self._service = service

    async def look(self) -> Layout:
        host, port = await self._manager.discover_master(self._service)
        return Layout(everywhere=Address(str(host), int(port)))


class Cluster:
    """The nodes of a cluster, asked all at once: what most of them say is taken."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known = list(target.addresses)
        self._favourite: Address | None = None

    async def look(self) -> Layout:
        asked = self._known
        answers = await asyncio.gather(*(self._ask(node) for node in asked))
        told = {node: a for node, a in zip(asked, answers, strict=True) if a is not None}
        if not told:
            raise ConnectionError("no node of the cluster answers")
        told = {node: answer for node, answer in told.items() if answer[0]}
        if not told:
            raise ClusterDown("no node of the cluster says that it is up")
        (slots, is_sharded), _ = Counter(told.values()).most_common(1)[0]
        owners = [held.owner for held in slots]
        self._known = list(dict.fromkeys([*owners, *self._target.addresses]))
        if is_sharded:
            return Layout(slots=slots)
        # Before Redis 7 a cluster sends every message to every node: any one will do.
        if self._favourite not in told:
            self._favourite = next(iter(told))
        return Layout(everywhere=self._favourite)

    async def _ask(self, node: Address) -> tuple[tuple[Slots, ...], bool] | None:
        """What one node says, no slots when its cluster is down; None when it is silent."""
        client = Redis(
            host=node.host,
            port=node.port,
            username=self._target.username,
            password=self._target.password,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            **tls_options(self._target.tls),
        )
        # Raw answers: the library's reader of COMMAND INFO fails where a command is missing.
        client.response_callbacks.clear()
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                pipeline = client.pipeline(transaction=False)
                pipeline.execute_command("CLUSTER", "INFO")
                pipeline.execute_command("CLUSTER", "SLOTS")
                pipeline.execute_command("COMMAND", "INFO", "SPUBLISH", "SSUBSCRIBE")
                info, slots, commands = await pipeline.execute()
        except ResponseError:
            raise
        except FAILURES:
            return None
        finally:
            await client.aclose()
        if b"cluster_state:ok" not in bytes(info):
            return (), True
        return _slots(slots, node), all(commands)


def _slots(answer: Iterable[Any], asked: Address) -> tuple[Slots, ...]:
    """CLUSTER SLOTS; a node that does not know its own name means where it was asked."""
    held = (
        Slots(first, last, Address(bytes(host).decode() if host else asked.host, port))
        for first, last, (host, port, *_), *_ in answer
    )
    return tuple(sorted(held, key=_first))


def _first(held: Slots) -> int:
    return held.first


@asynccontextmanager
async def open_surveyor(target: Target) -> AsyncIterator[Surveyor]:
    """Who tells the layout of this target."""
    async with AsyncExitStack() as stack:
        if target.kind == "standalone":
            yield OneServer(target)
        elif target.kind == "cluster":
            yield Cluster(target)
        else:
            manager = sentinels(target)
            for sentinel in manager.sentinels:
                stack.push_async_callback(sentinel.aclose)
            yield BehindSentinels(manager, target.service)

"""Who is where, in Redis: every node's devices by place and by user. All of it may be lost.

A node says every few seconds that it lives; its devices live as long as it does. So what does not
change costs nothing, and the devices of a node that died are gone everywhere with its lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from math import inf
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from rooms.errors import Unavailable
from rooms.presence import Device
from storage import keys
from storage.redis import FAILURES, RedisClient, per_server

T = TypeVar("T")

PATIENCE_S = 1.0
"""Longer than this nobody's presence waits for a server."""
FORGET_S = 120
"""Redis drops a place that nobody has written to for this long; nodes write theirs sooner."""
FORGET_NODE_MS = 600_000

_encoder = msgspec.msgpack.Encoder()
_device = msgspec.msgpack.Decoder(Device)
_devices = msgspec.msgpack.Decoder(list[Device])


class Change(Struct, frozen=True):
    """What one node has to say of one place."""

    devices: Sequence[Device] = ()
    gone: Sequence[str] = ()
    """Connections to be forgotten."""


class Places:
    """Devices of all nodes, in places (rooms and the like) and by user.

    Args:
        redis: one server or many.
        node: this node's id; another one after each start.
    """

    def __init__(self, redis: RedisClient, node: str) -> None:
        self._redis = redis
        self.node = node
        self.leases: dict[str, float] = {node: inf}
        """Until when (Unix ms) each known node lives; this one while it asks. What a node was once
        given it keeps, also when Redis forgets it."""
        self._named: frozenset[str] = frozenset()
        """Nodes that Redis knew when it was last asked."""
        self._is_new = True
        self._has_users = False

    async def beat(self, now_ms: int, lease_ms: int) -> bool:
        """This node lives for `lease_ms` more. False when Redis had not known of it: say it all.

        One that Redis did know and has forgotten has to be named again afterwards (`name`).

        Raises:
            Unavailable: Redis does not answer.
        """
        nodes, users = keys.present_nodes(), keys.present_users(self.node)

        async def ask() -> tuple[bool, int]:
            is_known = bool(await self._redis.hexists(nodes, self.node))
            if is_known or self._is_new:
                await self._redis.hset(nodes, self.node, str(now_ms + lease_ms))
            return is_known, await self._redis.pexpire(users, lease_ms)

        is_known, has_users = await _within(ask())
        self._is_new = False
        await self._learn_nodes()
        dead = [node for node, until in self.leases.items() if until + FORGET_NODE_MS < now_ms]
        if dead:
            await _within(self._redis.hdel(nodes, *dead))
            for node in dead:
                del self.leases[node]
        return is_known and bool(has_users or not self._has_users)

    async def name(self, now_ms: int, lease_ms: int) -> None:
        """Redis has all that this node has to say: from now on what it lacks is not so.

        Raises:
            Unavailable: Redis does not answer.
        """
        until = str(now_ms + lease_ms)
        await _within(self._redis.hset(keys.present_nodes(), self.node, until))

    def forgotten(self, now_ms: int) -> set[str]:
        """Nodes that live, and that Redis did not know at the last read.

        It has lost its memory, and what they have to say it has yet to hear again.
        """
        alive = (node for node, until_ms in self.leases.items() if until_ms > now_ms)
        return {node for node in alive if node != self.node and node not in self._named}

    def hold(self, nodes: Iterable[str], until_ms: int) -> None:
        """These nodes count as alive until then: nobody can say so while Redis is away."""
        for node in nodes:
            self.leases[node] = max(until_ms, self.leases.get(node, 0.0))

    async def write(self, changes: Mapping[str, Change]) -> None:
        """Says what has changed in each place, in one round trip to each server.

        Raises:
            Unavailable: one that holds some of the places does not answer.
        """
        by_key = {keys.present(place): change for place, change in changes.items()}

        def fill(pipeline: Any, key: str) -> None:
            change = by_key[key]
            if change.devices:
                entries = {d.connection_id: _encoder.encode(d) for d in change.devices}
                pipeline.hset(key, mapping=entries)
                pipeline.expire(key, FORGET_S)
            if change.gone:
                pipeline.hdel(key, *change.gone)

        for _, answer in await self._ask(by_key, fill):
            if isinstance(answer, BaseException):
                raise _unavailable(answer) from answer

    async def read(self, places: Sequence[str]) -> dict[str, list[Device]]:
        """Every node's devices in these places, expired ones included.

        A place whose server does not answer is left out. Of nodes that are `forgotten` after that
        Redis may lack some.
        """
        with suppress(Unavailable):
            await self._learn_nodes()
        by_key = {keys.present(place): place for place in places}
        found: dict[str, list[Device]] = {}
        for group, answer in await self._ask(by_key, lambda pipeline, key: pipeline.hvals(key)):
            if isinstance(answer, BaseException):
                _unavailable(answer)
                continue
            for key, entries in zip(group, answer, strict=True):
                found[by_key[key]] = [_device.decode(entry) for entry in entries]
        if any(d.node not in self.leases for devices in found.values() for d in devices):
            with suppress(Unavailable):
                await self._learn_nodes()
        return found

    async def write_users(self, users: Mapping[str, Sequence[Device]], lease_ms: int) -> None:
        """Says which devices of some users are on this node; none: forget them.

        Raises:
            Unavailable: Redis does not answer.
        """
        key = keys.present_users(self.node)
        entries = {user: _encoder.encode(devices) for user, devices in users.items() if devices}
        gone = [user for user, devices in users.items() if not devices]
        # After the last has gone the key is gone, too, and that is no loss.
        self._has_users = bool(entries) or (self._has_users and not gone)

        async def ask() -> None:
            if entries:
                await self._redis.hset(key, mapping=entries)  # type: ignore[arg-type]  # bytes are meant
                await self._redis.pexpire(key, lease_ms)
            if gone:
                await self._redis.hdel(key, *gone)

        await _within(ask())

    async def read_users(self, user_ids: Sequence[str], now_ms: int) -> dict[str, list[Device]]:
        """These users' devices on every node that lives.

        Raises:
            Unavailable: Redis does not answer.
        """
        found: dict[str, list[Device]] = {user: [] for user in user_ids}
        if not user_ids:
            return found
        await self._learn_nodes()
        nodes = [node for node, until_ms in self.leases.items() if until_ms > now_ms]
        answers = await _within(
            asyncio.gather(
                *(self._redis.hmget(keys.present_users(node), list(user_ids)) for node in nodes)
            )
        )
        for answer in answers:
            for user, entry in zip(user_ids, answer, strict=True):
                if entry is not None:
                    found[user] += _devices.decode(entry)  # type: ignore[arg-type]  # bytes
        return found

    async def _learn_nodes(self) -> None:
        answer: Any = await _within(self._redis.hgetall(keys.present_nodes()))
        untils = {node.decode(): float(until) for node, until in answer.items()}
        self._named = frozenset(untils)
        for node, until_ms in untils.items():
            self.leases[node] = max(until_ms, self.leases.get(node, 0.0))

    async def _ask(
        self, by_key: Iterable[str], fill: Callable[[Any, str], None]
    ) -> list[tuple[list[str], Any]]:
        """One pipeline a server; with each group of keys, its answers or its failure."""

        async def ask(group: Sequence[str]) -> list[Any]:
            pipeline = self._redis.pipeline(transaction=False)
            for key in group:
                fill(pipeline, key)
            async with asyncio.timeout(PATIENCE_S):
                answers: list[Any] = await pipeline.execute()
            return answers

        groups = per_server(self._redis, by_key)
        answers = await asyncio.gather(*(ask(group) for group in groups), return_exceptions=True)
        return list(zip(groups, answers, strict=True))


async def _within(work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await work
    except FAILURES as error:
        raise Unavailable("Redis does not answer just now.") from error


def _unavailable(failure: BaseException) -> Unavailable:
    """What a failure of Redis is to callers; anything else is raised as it is."""
    if not isinstance(failure, FAILURES):
        raise failure
    return Unavailable("Redis does not answer just now.")

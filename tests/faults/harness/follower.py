"""A client that follows one room through every loss, and asks until it is answered.

It comes back as the web client does: after a random part of a second, longer each time nobody lets
it in; a node that is not there is passed over at once, as a balancer does.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiohttp

from tests.eventually import eventually
from tests.faults.harness.wire import Closed, Wire

LET_IN_WITHIN_S = 5.0
ACK_WITHIN_S = 4.0
BACK_OFF_S = 0.5
"""`hello.reconnect`: half a second, give or take half of it."""
LONGEST_BACK_OFF_S = 4.0
NEXT_NODE_S = 0.02
RETRY_S = (0.05, 0.2)


class Follower:
    """Run `live` as a task. Subclasses take what the room tells: `start_over` and `take`."""

    def __init__(self, number: int, token: str, room_id: str, ports: Sequence[int]) -> None:
        self.number = number
        self.room_id = room_id
        self.node = number % len(ports)
        """Where it is, or was last."""
        self.is_up = asyncio.Event()
        self.seq = 0
        self.losses = 0
        """Times that its connection ended."""
        self.wire: Wire | None = None
        self._token = token
        self._ports = ports
        self._epoch = ""
        self._chance = random.Random(f"follower {number}")  # noqa: S311 -- when to come back
        self._hole = asyncio.Event()

    def start_over(self, snapshot: Mapping[str, Any]) -> None:
        """All that was known is replaced by this."""

    def take(self, name: str, event: Mapping[str, Any]) -> None:
        """The next durable event of the room, each exactly once."""

    async def arrived(self, wire: Wire) -> None:
        """It follows the room again."""

    async def live(self) -> None:
        """Connects and comes back until cancelled."""
        attempt = 0
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as client:
            while True:
                self.wire = wire = Wire(self._hear)
                try:
                    async with asyncio.timeout(LET_IN_WITHIN_S):
                        await self._connect(wire, client)
                        await self._subscribe(wire)
                    self.is_up.set()
                    attempt = 0
                    await self.arrived(wire)
                    await self._stay(wire)
                except (Closed, OSError, aiohttp.ClientError, TimeoutError):
                    pass
                finally:
                    self.losses += self.is_up.is_set()
                    self.is_up.clear()
                    with suppress(OSError, aiohttp.ClientError):
                        await wire.close()
                wait_s = min(LONGEST_BACK_OFF_S, BACK_OFF_S * 2**attempt)
                # pace: of coming back
                await asyncio.sleep(wait_s * self._chance.uniform(0.5, 1.5))
                attempt += 1

    async def ask(self, event: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The final ack of a command, which is sent again until there is one."""
        while True:
            await self.is_up.wait()
            assert self.wire is not None
            wire = self.wire
            try:
                async with asyncio.timeout(ACK_WITHIN_S):
                    ack = await wire.call(event, payload)
            except TimeoutError:
                await wire.close()
                continue
            except Closed:
                await asyncio.sleep(0)  # `live` notices it
                continue
            if ack["ok"] or not ack["error"]["retryable"]:
                return ack
            await asyncio.sleep(self._chance.uniform(*RETRY_S))  # pace: of trying again

    async def ok(self, event: str, payload: Mapping[str, Any]) -> Any:
        """The data of a command that has to work."""
        ack = await self.ask(event, payload)
        assert ack["ok"], (event, ack)
        return ack["data"]

    async def until(self, seq: int, within_s: float) -> None:
        """Returns once everything up to `seq` has been taken."""
        await eventually(lambda: self.seq >= seq, within_s)

    async def _connect(self, wire: Wire, client: aiohttp.ClientSession) -> None:
        self.node = self._chance.randrange(len(self._ports))
        for _ in self._ports:
            try:
                return await wire.connect(client, self._ports[self.node], self._token)
            except (aiohttp.ClientError, OSError):  # the proxy of a dead node hangs up
                self.node = (self.node + 1) % len(self._ports)
                await asyncio.sleep(NEXT_NODE_S)  # pace: of coming back
        raise Closed

    async def _stay(self, wire: Wire) -> None:
        """Returns when the connection has ended; asks again for what it was told is missing."""
        while not wire.closed.is_set():
            waits = [asyncio.create_task(event.wait()) for event in (wire.closed, self._hole)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if self._hole.is_set() and not wire.closed.is_set():
                self._hole.clear()
                async with asyncio.timeout(ACK_WITHIN_S):
                    await self._subscribe(wire)

    async def _subscribe(self, wire: Wire) -> None:
        more = True
        while more:
            call: dict[str, Any] = {"stream": f"room:{self.room_id}"}
            if self._epoch:
                call["since"] = {"epoch": self._epoch, "seq": self.seq}
            ack = await wire.call("stream:subscribe", call, self._catch_up)
            if not ack["ok"]:
                raise Closed(ack["error"]["code"])
            more = ack["data"]["more"]

    def _catch_up(self, ack: dict[str, Any]) -> None:
        if not ack["ok"]:
            return
        answer = ack["data"]
        for event in answer["events"]:
            self._next(event["event"], event)
        if not answer["recovered"]:
            self.seq, self._epoch = answer["seq"], answer["epoch"]
            self.start_over(answer["snapshot"])

    def _hear(self, name: str, payload: Mapping[str, Any]) -> None:
        if self._epoch and "epoch" in payload and payload["stream"] == f"room:{self.room_id}":
            self._next(name, payload)

    def _next(self, name: str, event: Mapping[str, Any]) -> None:
        if event["seq"] == self.seq + 1:
            self.seq = event["seq"]
            self.take(name, event)
        elif event["seq"] > self.seq:
            self._hole.set()

"""Following one room through every loss, and asking until there is an answer.

It comes back as the web client does: after a random part of a second, longer each time nobody lets
it in; a node that is not there is passed over at once, as a balancer does.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from veza_client.connection import Closed, Connection

LET_IN_WITHIN_S = 5.0
ACK_WITHIN_S = 4.0
BACK_OFF_S = 0.5
"""`hello.reconnect`: half a second, give or take half of it."""
LONGEST_BACK_OFF_S = 4.0
NEXT_NODE_S = 0.02
RETRY_S = (0.05, 0.2)


class Follower:
    """Run `live` as a task. Subclasses take what the room tells: `start_over` and `take`."""

    def __init__(self, number: int, token: str, room_id: str, urls: Sequence[str]) -> None:
        self.number = number
        self.room_id = room_id
        self.node = number % len(urls)
        """Where it is, or was last."""
        self.is_up = asyncio.Event()
        self.seq = 0
        self.losses = 0
        """Times that its connection ended."""
        self.connection: Connection | None = None
        self._token = token
        self._urls = urls
        self._epoch = ""
        self._chance = random.Random(f"follower {number}")  # noqa: S311 -- when to come back
        self._hole = asyncio.Event()
        self._moved = asyncio.Event()

    def start_over(self, snapshot: Mapping[str, Any]) -> None:
        """All that was known is replaced by this."""

    def take(self, name: str, event: Mapping[str, Any]) -> None:
        """The next durable event of the room, each exactly once."""

    async def arrived(self, connection: Connection) -> None:
        """It follows the room again."""

    async def live(self) -> None:
        """Connects and comes back until cancelled."""
        attempt = 0
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as http:
            while True:
                self.connection = connection = Connection(self._hear)
                try:
                    async with asyncio.timeout(LET_IN_WITHIN_S):
                        await self._connect(connection, http)
                        await self._subscribe(connection)
                    self.is_up.set()
                    attempt = 0
                    await self.arrived(connection)
                    await self._stay(connection)
                except (Closed, TimeoutError):
                    pass
                finally:
                    self.losses += self.is_up.is_set()
                    self.is_up.clear()
                    await connection.close()
                wait_s = min(LONGEST_BACK_OFF_S, BACK_OFF_S * 2**attempt)
                await asyncio.sleep(wait_s * self._chance.uniform(0.5, 1.5))
                attempt += 1

    async def ask(self, event: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The final ack of a command, which is sent again until there is one."""
        while True:
            await self.is_up.wait()
            assert self.connection is not None
            connection = self.connection
            try:
                async with asyncio.timeout(ACK_WITHIN_S):
                    ack = await connection.call(event, payload)
            except TimeoutError:
                await connection.close()
                continue
            except Closed:
                await asyncio.sleep(0)  # `live` notices it
                continue
            if ack["ok"] or not ack["error"]["retryable"]:
                return ack
            await asyncio.sleep(self._chance.uniform(*RETRY_S))

    async def ok(self, event: str, payload: Mapping[str, Any]) -> Any:
        """The data of a command that has to work."""
        ack = await self.ask(event, payload)
        assert ack["ok"], (event, ack)
        return ack["data"]

    async def until(self, seq: int, within_s: float) -> None:
        """Returns once everything up to `seq` has been taken."""
        async with asyncio.timeout(within_s):
            while self.seq < seq:
                self._moved.clear()
                await self._moved.wait()

    async def _connect(self, connection: Connection, http: aiohttp.ClientSession) -> None:
        self.node = self._chance.randrange(len(self._urls))
        for _ in self._urls:
            try:
                return await connection.open(http, self._urls[self.node], {"token": self._token})
            except Closed:  # nobody there, or the proxy of somebody dead
                self.node = (self.node + 1) % len(self._urls)
                await asyncio.sleep(NEXT_NODE_S)
        raise Closed

    async def _stay(self, connection: Connection) -> None:
        """Returns when the connection has ended; asks again for what it was told is missing."""
        while not connection.closed.is_set():
            waits = [asyncio.create_task(event.wait()) for event in (connection.closed, self._hole)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if self._hole.is_set() and not connection.closed.is_set():
                self._hole.clear()
                async with asyncio.timeout(ACK_WITHIN_S):
                    await self._subscribe(connection)

    async def _subscribe(self, connection: Connection) -> None:
        more = True
        while more:
            call: dict[str, Any] = {"stream": f"room:{self.room_id}"}
            if self._epoch:
                call["since"] = {"epoch": self._epoch, "seq": self.seq}
            ack = await connection.call("stream:subscribe", call, self._catch_up)
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
            self._moved.set()
            self.start_over(answer["snapshot"])

    def _hear(self, name: str, payload: Mapping[str, Any]) -> None:
        if self._epoch and "epoch" in payload and payload["stream"] == f"room:{self.room_id}":
            self._next(name, payload)

    def _next(self, name: str, event: Mapping[str, Any]) -> None:
        if event["seq"] == self.seq + 1:
            self.seq = event["seq"]
            self._moved.set()
            self.take(name, event)
        elif event["seq"] > self.seq:
            self._hole.set()

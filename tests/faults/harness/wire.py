"""The hub's protocol over a bare WebSocket: Engine.IO 4 and Socket.IO 5, by hand."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import aiohttp
import orjson

CLOSE_TIMEOUT_S = 0.1

Then = Callable[[dict[str, Any]], None]


class Closed(ConnectionError):
    """The connection has ended."""


class Wire:
    """One connection, let in by `connect`; events go to `hear` in their order."""

    def __init__(self, hear: Callable[[str, dict[str, Any]], None]) -> None:
        self._hear = hear
        self._socket: aiohttp.ClientWebSocketResponse
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[asyncio.Future[dict[str, Any]], Then | None]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._let_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()
        self.is_draining = False
        self._is_given_up = False

    async def connect(self, client: aiohttp.ClientSession, port: int, token: str) -> None:
        """Opens it and waits for `hello`.

        Raises:
            Closed, OSError, aiohttp.ClientError: it was not let in.
        """
        self._socket = await client.ws_connect(
            f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket",
            max_msg_size=0,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S),
        )
        auth = orjson.dumps({"token": token}).decode()
        await self._socket.send_str(f"40{auth}")
        self._reader = asyncio.create_task(self._read())
        await self._let_in

    async def call(self, event: str, payload: Any, then: Then | None = None) -> dict[str, Any]:
        """The ack of one call; `then` takes it before any event that came behind it.

        Raises:
            Closed: the connection ended first.
        """
        if self.closed.is_set():
            raise Closed
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = (answer, then)
        try:
            await self._socket.send_str(f"42{number}{orjson.dumps([event, payload]).decode()}")
        except (OSError, aiohttp.ClientError) as error:
            raise Closed from error
        try:
            return await answer
        finally:
            self._asked.pop(number, None)

    def stop_reading(self) -> None:
        """From now on nothing that comes is taken from the socket, pings included."""
        if self._reader is not None:
            self._reader.cancel()

    async def close(self) -> None:
        """Hangs up; does not wait for a server that says nothing."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            await self._socket.close()
        self._end()

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                await self._take(message.data)
        except (OSError, aiohttp.ClientError):
            pass
        except asyncio.CancelledError:
            return
        self._end()

    async def _take(self, packet: str) -> None:
        if self._is_given_up:
            return
        if packet == "2":
            await self._socket.send_str("3")
        elif packet.startswith("42"):
            event, payload, *_ = orjson.loads(packet[2:])
            if event == "hello" and not self._let_in.done():
                self._let_in.set_result(None)
            elif event == "server:draining":
                self.is_draining = True
            self._hear(event, payload)
        elif packet.startswith("43"):
            number, _, body = packet[2:].partition("[")
            asked = self._asked.pop(int(number), None)
            # Who has just stopped waiting does not know what the events after this ack mean.
            self._is_given_up = asked is None or asked[0].cancelled()
            if asked is not None and not asked[0].done():
                ack = orjson.loads("[" + body)[0]
                if asked[1] is not None:
                    asked[1](ack)
                asked[0].set_result(ack)
        elif packet.startswith(("41", "44")):
            await self._socket.close()

    def _end(self) -> None:
        self.closed.set()
        waiting: list[asyncio.Future[Any]] = [answer for answer, _ in self._asked.values()]
        for future in (*waiting, self._let_in):
            if not future.done():
                future.set_exception(Closed())
                future.exception()  # nobody may be waiting any more

"""A small Socket.IO client over one WebSocket: many of them fit on one core, and nothing is hidden.

Engine.IO 4 and Socket.IO 5, text frames only.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

Hear = Callable[[str, Any], None]

_PATH = "/socket.io/?EIO=4&transport=websocket"
_decode = msgspec.json.Decoder().decode


class Socket:
    """One connected person."""

    def __init__(self, link: aiohttp.ClientWebSocketResponse, hear: Hear) -> None:
        self._link = link
        self._hear = hear
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls, http: aiohttp.ClientSession, url: str, token: str, hear: Hear
    ) -> "Socket":
        """Comes in with a token; `hear` gets each event's name and payload."""
        link = await http.ws_connect(url + _PATH, max_msg_size=0)
        await link.receive_str()
        await link.send_str("40" + msgspec.json.encode({"token": token}).decode())
        answer = await link.receive_str()
        if not answer.startswith("40"):
            raise ConnectionRefusedError(answer)
        socket = cls(link, hear)
        socket._reading = asyncio.create_task(socket._read())
        return socket

    async def call(self, event: str, payload: Any) -> tuple[Any, float]:
        """The ack, and how many ms it took."""
        number, self._next = self._next, self._next + 1
        ack = self._acks[number] = asyncio.get_running_loop().create_future()
        body = msgspec.json.encode([event, payload]).decode()
        began = time.perf_counter()
        await self._link.send_str(f"42{number}{body}")
        async with asyncio.timeout(30):
            answer = await ack
        return answer, (time.perf_counter() - began) * 1_000

    async def close(self) -> None:
        """Leaves."""
        await self._link.close()
        if self._reading is not None:
            await self._reading

    async def _read(self) -> None:
        async for message in self._link:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            text: str = message.data
            if text == "2":
                await self._link.send_str("3")
            elif text.startswith("42"):
                name, payload, *_offset = _decode(text[2:])
                self._hear(name, payload)
            elif text.startswith("43"):
                start = text.index("[")
                self._acks.pop(int(text[2:start])).set_result(_decode(text[start:])[0])
        for ack in self._acks.values():
            ack.set_exception(ConnectionResetError("the hub closed the socket"))

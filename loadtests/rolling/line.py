"""One connection to a node, on either transport, as the stock client speaks it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import aiohttp
import orjson

PATH = "/socket.io/?EIO=4&transport="
SEPARATOR = "\x1e"
LINE_LOST = (aiohttp.ClientError, OSError, TimeoutError)
"""What a dead or dying node does to a client."""


class LineClosed(ConnectionError):
    """The node has ended the connection."""


class Line(Protocol):
    """Texts of Socket.IO, both ways; Engine.IO's own packets are dealt with."""

    async def send(self, text: str) -> None:
        """Sends one packet, such as `42["x"]`.

        Raises:
            LineClosed: the connection is gone.
        """

    async def receive(self) -> str:
        """The next packet.

        Raises:
            LineClosed: there will be none.
        """


class _WebSocketLine:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        try:
            await self._socket.send_str(text)
        except LINE_LOST as error:
            raise LineClosed from error

    async def receive(self) -> str:
        while True:
            message = await self._socket.receive()
            if message.type != aiohttp.WSMsgType.TEXT:
                raise LineClosed(self._socket.close_code)
            if message.data == "2":
                await self.send("3")
            else:
                return str(message.data)


class _PollingLine:
    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._packets: list[str] = []
        self._posting = asyncio.Lock()

    async def send(self, text: str) -> None:
        try:
            async with self._posting, self._http.post(self._url, data=text) as response:
                if response.status != 200:
                    raise LineClosed(response.status)
        except LINE_LOST as error:
            raise LineClosed from error

    async def receive(self) -> str:
        while True:
            while self._packets:
                packet = self._packets.pop(0)
                if packet == "2":
                    await self.send("3")
                elif packet == "1":
                    raise LineClosed
                elif packet != "6":
                    return packet
            try:
                async with self._http.get(self._url) as response:
                    if response.status != 200:
                        raise LineClosed(response.status)
                    self._packets = (await response.text()).split(SEPARATOR)
            except LINE_LOST as error:
                raise LineClosed from error


@asynccontextmanager
async def open_line(http: aiohttp.ClientSession, url: str, *, polling: bool) -> AsyncIterator[Line]:
    """An Engine.IO session.

    Raises:
        LineClosed: the node takes nobody in.
    """
    try:
        if polling:
            async with http.get(f"{url}{PATH}polling") as response:
                if response.status != 200:
                    raise LineClosed(response.status)
                sid = orjson.loads((await response.text())[1:])["sid"]
            yield _PollingLine(http, f"{url}{PATH}polling&sid={sid}")
            return
        async with http.ws_connect(f"{url}{PATH}websocket", max_msg_size=0) as socket:
            line = _WebSocketLine(socket)
            await line.receive()
            yield line
    except LINE_LOST as error:
        raise LineClosed from error

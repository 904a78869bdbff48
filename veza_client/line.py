"""One Engine.IO session with a node, on either transport."""

import asyncio
import base64
from typing import Protocol

import aiohttp
import msgspec

PATH = "/socket.io/?EIO=4&transport="
SEPARATOR = "\x1e"
CLOSE_TIMEOUT_S = 0.1
LOST = (aiohttp.ClientError, OSError, TimeoutError)
"""What a dead or dying node does to a client."""


class Closed(ConnectionError):
    """The connection has ended."""


class Line(Protocol):
    """Packets of Socket.IO, both ways; Engine.IO's own are dealt with."""

    async def send(self, text: str) -> None:
        """Sends one packet, such as `42["x"]`.

        Raises:
            Closed: the connection is gone.
        """

    async def receive(self) -> str | bytes:
        """The next packet, or the next binary part of one.

        Raises:
            Closed: there will be none.
        """

    async def close(self) -> None:
        """Hangs up; does not wait long for a server that says nothing."""

    @property
    def transport(self) -> asyncio.Transport:
        """What carries it, for those who want to read slowly."""


async def open_line(http: aiohttp.ClientSession, url: str, *, polling: bool = False) -> Line:
    """An Engine.IO session.

    Args:
        http: makes its connections.
        url: of the node, without a path.
        polling: long-polling instead of a WebSocket.

    Raises:
        Closed: the node takes nobody in.
    """
    try:
        if polling:
            async with http.get(f"{url}{PATH}polling") as response:
                if response.status != 200:
                    raise Closed(response.status)
                sid = msgspec.json.decode((await response.text())[1:])["sid"]
            return _PollingLine(http, f"{url}{PATH}polling&sid={sid}")
        socket = await http.ws_connect(
            f"{url}{PATH}websocket",
            max_msg_size=0,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S),
        )
    except LOST as error:
        raise Closed from error
    return _WebSocketLine(socket)


class _WebSocketLine:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        try:
            await self._socket.send_str(text)
        except LOST as error:
            raise Closed from error

    async def receive(self) -> str | bytes:
        while True:
            try:
                message = await self._socket.receive()
            except LOST as error:
                raise Closed from error
            if message.type is aiohttp.WSMsgType.BINARY:
                return bytes(message.data)
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise Closed(self._socket.close_code)
            text: str = message.data
            if text == "2":
                await self.send("3")
            elif text.startswith("4"):
                return text

    async def close(self) -> None:
        await self._socket.close()

    @property
    def transport(self) -> asyncio.Transport:
        connection = self._socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        return connection.transport


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
                    raise Closed(response.status)
        except LOST as error:
            raise Closed from error

    async def receive(self) -> str | bytes:
        while True:
            while self._packets:
                packet = self._packets.pop(0)
                if packet == "2":
                    await self.send("3")
                elif packet == "1":
                    raise Closed
                elif packet.startswith("b"):
                    return base64.b64decode(packet[1:])
                elif packet.startswith("4"):
                    return packet
            try:
                async with self._http.get(self._url) as response:
                    if response.status != 200:
                        raise Closed(response.status)
                    self._packets = (await response.text()).split(SEPARATOR)
            except LOST as error:
                raise Closed from error

    async def close(self) -> None:
        """It is one request after the other: there is nothing to hang up."""

    @property
    def transport(self) -> asyncio.Transport:
        raise NotImplementedError("a polling client has no transport of its own")

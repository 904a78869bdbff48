"""The door of the port: WebSockets of the engine's paths stay, everything else goes to aiohttp."""

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from hub.engine.engine import Engine
from hub.engine.handshake import BAD_REQUEST, Refused, is_upgrade, parse_head, refusal
from hub.engine.http_places import Placed

log = logging.getLogger(__name__)

HttpFactory = Callable[[], asyncio.Protocol]
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n"
)
_TOO_MANY = (
    b"HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nRetry-After: 5\r\n"
    b"Content-Length: 0\r\n\r\n"
)
_BACKLOG = 4_096


class Door(asyncio.Protocol):
    """Protocol of a new connection until its first request's head is there.

    A connection that brings no whole head in time is closed, whether it was silent or half sent.
    """

    __slots__ = ("_engine", "_head", "_http", "_transport")

    def __init__(self, engine: Engine, http: HttpFactory) -> None:
        self._engine = engine
        self._http = http
        self._head = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self._engine.wheel.after(self._engine.limits.head_within_s, self._expire)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        if self._head:
            data = self._head + data
        end = data.find(b"\r\n\r\n")
        if (len(data) if end < 0 else end) > self._engine.limits.head_bytes:
            self._turn_away(self._transport, _TOO_LARGE)
        elif end >= 0:
            self._let_in(self._transport, data, end)
        else:
            self._head = data

    def _let_in(self, transport: asyncio.Transport, data: bytes, end: int) -> None:
        self._transport, self._head = None, b""
        if data.startswith(b"GET "):
            path = data[4 : data.find(b" ", 4)].partition(b"?")[0]
            if path.decode("latin-1") in self._engine.paths and self._upgrade(transport, data, end):
                return
        engine, address = self._engine, _peer_address(transport)
        protocol = self._http()
        if not engine.is_trusted_proxy(address):
            if not engine.http_places.take(address):
                self._turn_away(transport, _TOO_MANY)
                return
            protocol = Placed(protocol, engine.http_places, address)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(data)

    def _upgrade(self, transport: asyncio.Transport, data: bytes, end: int) -> bool:
        """Answers an upgrade request; False for one that asks for no WebSocket."""
        try:
            request = parse_head(data[:end])
            if not is_upgrade(request):
                return False
            websocket = self._engine.open_websocket(transport, request, _peer_address(transport))
        except ValueError:
            self._turn_away(transport, refusal(Refused(BAD_REQUEST)))
            return True
        except Refused as refused:
            self._turn_away(transport, refusal(refused))
            return True
        transport.set_protocol(websocket)
        if len(data) > end + 4:
            websocket.data_received(data[end + 4 :])
        return True

    def _turn_away(self, transport: asyncio.Transport, response: bytes) -> None:
        self._transport = None
        transport.write(response)
        transport.close()

    def _expire(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _peer_address(transport: asyncio.Transport) -> str:
    peer = transport.get_extra_info("peername")
    return peer[0] if isinstance(peer, tuple) else ""


async def listen(
    engine: Engine, http: HttpFactory, host: str, port: int, *, reuse_port: bool = False
) -> asyncio.Server:
    """Opens the port.

    Args:
        engine: takes the WebSockets.
        http: makes the protocol of every other connection: `AppRunner.server` after `setup()`.
        host: address to bind.
        port: 0 for a free one.
        reuse_port: lets several processes share the port.
    """
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: Door(engine, http), host, port, backlog=_BACKLOG, reuse_port=reuse_port or None
    )

"""All that the engine takes from python-engineio; nothing else of the hub imports it.

Most of it is beyond the documented interface. Versions are pinned in pyproject.toml;
tests/hub/engine/test_hooks.py fails by name when one of these moves:

- `engineio.AsyncServer.handle_request` is what `attach` routes to; ours answers instead;
- `engineio.AsyncServer.sockets` is the table of sessions, by sid;
- `engineio.async_socket.AsyncSocket` and its `queue`, `poll`, `send`, `close`, `connected`,
  `upgrading`, `upgraded`, `closing`, `closed` (see `session.Session`);
- its `poll` raises `QueueEmpty` when nothing has come for a ping's interval and timeout;
- `engineio.packet.Packet`, its types and `encode`, and `engineio.payload.Payload`.

What `hub/engine/library.py` takes from python-socketio it names itself.
"""

from collections.abc import Awaitable, Callable

import engineio
from aiohttp import web
from engineio.async_socket import AsyncSocket
from engineio.exceptions import QueueEmpty
from engineio.packet import CLOSE, MESSAGE, NOOP, PING, Packet
from engineio.payload import Payload

__all__ = [
    "CLOSE",
    "MESSAGE",
    "NOOP",
    "PING",
    "AsyncSocket",
    "EngineIO",
    "HttpHandler",
    "Packet",
    "Payload",
    "QueueEmpty",
]

HttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class EngineIO(engineio.AsyncServer):  # type: ignore[misc]  # the library is untyped
    """python-engineio's server as keeper of sessions; requests are answered by ours."""

    def __init__(self, handler: HttpHandler, ping_interval_s: float, ping_timeout_s: float) -> None:
        super().__init__(
            async_mode="aiohttp",
            ping_interval=ping_interval_s,
            ping_timeout=ping_timeout_s,
            monitor_clients=False,
        )
        self._handler = handler

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Answers a request of the Engine.IO path."""
        return await self._handler(request)

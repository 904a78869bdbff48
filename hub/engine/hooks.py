"""Every place where we lean on python-engineio beyond its documented interface.

Versions are pinned in pyproject.toml; tests/hub/engine/test_hooks.py fails by name when one of
these moves:

- `engineio.AsyncServer.handle_request` is what `attach` routes to; ours answers instead;
- `engineio.AsyncServer.sockets` is the table of sessions, by sid;
- `engineio.async_socket.AsyncSocket` and its `queue`, `poll`, `send`, `close`, `connected`,
  `upgrading`, `upgraded`, `closing`, `closed` (see `session.Session`).
"""

from collections.abc import Awaitable, Callable

import engineio
from aiohttp import web

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

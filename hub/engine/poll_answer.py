"""What a poll is answered, until its client has taken it."""

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from hub.engine.websocket import USER_TIMEOUT_MS

if TYPE_CHECKING:
    from hub.engine.session import Session

_LARGE_BYTES = 65_536
"""Below it the kernel's own buffer takes an answer, and nothing has to be bounded."""
_SEND_BUFFER_BYTES = 32_768  # the kernel doubles it; what it takes at once counts as read


class PollAnswer(web.Response):
    """Holds the session's one poll until it is written, so that unread answers cannot pile up.

    A client that polls on other connections without reading would hold one bound each.
    """

    def __init__(self, session: "Session", body: bytes, headers: Mapping[str, str]) -> None:
        super().__init__(body=body, content_type="text/plain", charset="UTF-8", headers=headers)
        self._session = session

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Bounds what the kernel holds of a large answer, and how long it believes in a reader."""
        raw = request.get_extra_info("socket")
        if raw is not None and isinstance(self.body, bytes) and len(self.body) > _LARGE_BYTES:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
            if raw.family != socket.AF_UNIX:
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        """Writes it; what a client did not stay for is lost, and its session over."""
        try:
            await super().write_eof(data)
        except ConnectionError:
            self._session.end("transport close")
            raise
        finally:
            self._session.answering = False
            self.body = None  # a request that failed is garbage that the collector finds late

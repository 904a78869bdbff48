"""What waits to be written to one plain socket: bounded, in order, never waited for by the hub."""

import asyncio
import contextlib
from collections import deque

from aiohttp import web

from hub.engine import Limits

CLOSE_WITHIN_S = 2.0


class Outbox:
    """Texts for one socket, written as fast as its owner reads.

    Args:
        socket: prepared.
        limits: `unsent_bytes` is the bound, `congested_bytes` from where on he is behind.
    """

    def __init__(self, socket: web.WebSocketResponse, limits: Limits) -> None:
        self._socket = socket
        self._limits = limits
        self._waiting: deque[bytes] = deque()
        self.waiting_bytes = 0
        self._changed = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    @property
    def is_behind(self) -> bool:
        """Whether what may be dropped is dropped for him just now."""
        return self.waiting_bytes > self._limits.congested_bytes

    def put(self, text: bytes) -> bool:
        """Queues a text; False when too much waits already, and nothing will be written any more.

        After `close` nothing is taken.
        """
        if self._closing is not None:
            return True
        if self.waiting_bytes + len(text) > self._limits.unsent_bytes:
            self._waiting.clear()
            return False
        self._waiting.append(text)
        self.waiting_bytes += len(text)
        self._changed.set()
        return True

    def close(self, code: int, reason: str) -> None:
        """Closes the socket once everything that waits is written."""
        if self._closing is None:
            self._closing = (code, reason)
            self._changed.set()

    async def run(self) -> None:
        """Writes until the socket is closed, by either side."""
        while not self._socket.closed:
            while self._waiting:
                text = self._waiting.popleft()
                try:
                    await self._socket.send_str(text.decode())
                except (ConnectionError, RuntimeError):  # he has gone, or it is being closed
                    return
                self.waiting_bytes -= len(text)
            if self._closing is not None:
                code, reason = self._closing
                with contextlib.suppress(TimeoutError, ConnectionError):
                    async with asyncio.timeout(CLOSE_WITHIN_S):
                        await self._socket.close(code=code, message=reason.encode())
                return
            self._changed.clear()
            await self._changed.wait()

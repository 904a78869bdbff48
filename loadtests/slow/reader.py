"""A raw socket whose owner follows a room and then reads as little as he likes."""

import asyncio
import os
import socket
from contextlib import suppress

import orjson

from hub.engine.frames import TEXT, unmask
from hub.sockets import PING_INTERVAL_S

GREETING = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
READS_WITHIN_S = 20.0
_PING = b"\x81\x012"
"""Engine.IO's ping, a frame by itself."""


class SlowReader:
    """A member whose kernel takes 4 KB and who reads as little as he likes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    @classmethod
    async def open(cls, port: int, token: str, room_id: str) -> "SlowReader":
        """Connects and follows the room properly, before he becomes slow."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", port))
        reader = cls(sock)
        await reader._send_bytes(GREETING)
        await reader.until(b"maxPayload")
        await reader.send(f'40{{"token":"{token}"}}')
        await reader.until(b'["hello"')
        subscribe = orjson.dumps(["stream:subscribe", {"stream": f"room:{room_id}"}]).decode()
        await reader.send(f"421{subscribe}")
        await reader.until(b'431[{"ok":true')
        return reader

    async def send(self, text: str) -> None:
        """One masked text frame."""
        payload, key = text.encode(), os.urandom(4)
        size = len(payload)
        assert size < 65_536
        head = bytes((0x80 | TEXT, 0x80 | size)) if size < 126 else b"\x81\xfe%b" % size.to_bytes(2)
        await self._send_bytes(head + key + unmask(payload, key))

    async def until(self, words: bytes) -> bytes:
        """Reads until these words have come."""
        found = b""
        async with asyncio.timeout(10):
            while words not in found:
                data = await asyncio.get_running_loop().sock_recv(self._sock, 4_096)
                assert data, found
                found += data
        return found

    async def answer_blindly(self) -> None:
        """Says that it is alive and never reads, until it is cut."""
        with suppress(OSError):
            for _ in range(1_000):
                await asyncio.sleep(PING_INTERVAL_S)  # about when a ping comes
                await self.send("3")

    async def sip(self) -> None:
        """Reads 1 KB a second until it is cut."""
        with suppress(OSError):
            loop = asyncio.get_running_loop()
            while await loop.sock_recv(self._sock, 1_024):  # noqa: ASYNC110 -- it is slow
                await asyncio.sleep(1)

    async def flood(self, room_id: str) -> None:
        """Asks for the history again and again and never reads an answer, until it is cut."""
        call = orjson.dumps(["message:history", {"room_id": room_id, "limit": 50}]).decode()
        with suppress(OSError):
            for number in range(10_000):
                await self.send(f"42{number}{call}")
                await asyncio.sleep(0.02)

    async def rest(self, within_s: float = READS_WITHIN_S, *, answers: bool = False) -> bytes:
        """Everything that is still to be had, now that it reads; then the end.

        With `answers` it says on the way that it is alive, whenever it is asked.
        """
        found = b""
        with suppress(OSError):
            async with asyncio.timeout(within_s):
                while data := await asyncio.get_running_loop().sock_recv(self._sock, 65_536):
                    found += data
                    if answers and _PING in data:
                        await self.send("3")
        return found

    def close(self) -> None:
        """Goes without a word."""
        self._sock.close()

    async def _send_bytes(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

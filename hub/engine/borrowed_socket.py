"""A transport's socket, used beside it."""

import asyncio
import socket


class BorrowedSocket(socket.SocketType):
    """The socket of a plain connection, which stays its transport's to close.

    It never waits: the transport has made the descriptor non-blocking. `detach` gives it back;
    whoever still sends gets an `OSError`. That has to be before the transport closes it, whose
    descriptor is another's soon.
    """

    __slots__ = ()

    def __init__(self, transport: asyncio.Transport) -> None:
        if transport.get_extra_info("sslcontext") is not None:
            raise ValueError("bytes must not go past what encrypts them")
        raw = transport.get_extra_info("socket")
        super().__init__(raw.family, socket.SOCK_STREAM, 0, raw.fileno())

    def __del__(self) -> None:
        self.detach()  # a socket closes what it holds

    def bound(self, unsent_bytes: int, within_ms: int) -> None:
        """Bounds what the kernel holds for the other side, and how long it believes in a reader.

        uvloop's own `setsockopt` makes a socket a call: 13 us for both instead of 3.
        """
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unsent_bytes)
        if self.family != socket.AF_UNIX:
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, within_ms)

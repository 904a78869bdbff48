"""A transport's socket, used beside it."""

import socket


class BorrowedSocket(socket.SocketType):
    """A socket that is the transport's to close. `detach` it before the transport does that.

    It never waits: the transport has made the descriptor non-blocking.
    """

    __slots__ = ()

    def __del__(self) -> None:
        self.detach()  # the descriptor is not ours: a socket closes it

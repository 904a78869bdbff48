"""Members of one room on one node, and how each of them is written to."""

from collections.abc import Hashable
from typing import Protocol

from hub.engine.link import Link


class Socket(Protocol):
    """What `socket.socket` does."""

    def send(self, data: bytes, /) -> int:
        """Gives bytes to the kernel and says how many it took; an `OSError`: none."""


class Writer(Protocol):
    """Takes whole frames at once: a WebSocket in which nothing waits."""

    @property
    def socket(self) -> Socket:
        """Refuses everything while something waits.

        Whoever gets less than all of his bytes into it calls `finish` before anything else.
        """

    def finish(self, data: bytes, sent: int) -> None:
        """Queues what is left after the first `sent` bytes; a client that is gone is lost here."""


class Room:
    """Members of one room on this node."""

    __slots__ = ("_lineup", "dirty", "fast", "key", "slow")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.fast: dict[Link, Writer] = {}
        self.slow: dict[Link, None] = {}
        self.dirty = False
        """Something for this room waits for the end of the tick."""
        self._lineup: tuple[list[Writer], list[Socket]] | None = None

    def lineup(self) -> tuple[list[Writer], list[Socket]]:
        """How the fast members are written to, and their sockets in the same order."""
        if self._lineup is None:
            writers = list(self.fast.values())
            self._lineup = (writers, [writer.socket for writer in writers])
        return self._lineup

    def put(self, link: Link, writer: Writer | None) -> None:
        """Takes a member in, or says how it is reached from now on."""
        self._lineup = None
        if writer is not None:
            self.slow.pop(link, None)
            self.fast[link] = writer
        else:
            self.fast.pop(link, None)
            self.slow[link] = None

    def remove(self, link: Link) -> None:
        """Takes a member out."""
        self._lineup = None
        self.fast.pop(link, None)
        self.slow.pop(link, None)

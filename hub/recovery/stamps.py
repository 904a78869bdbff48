"""Stamps each event of this node with an offset that places all who hear it in all their streams.

At every moment a stream that is followed here either stands, for each follower, where it stood in
the snapshot (or has brought him nothing yet), or it is `ahead`, and every stream that shares a
follower with it has it in `beside` and names it in its own events.

Costs: a packet names its own stream and what is beside it; who is beside whom is found out once per
stream and snapshot, when the stream moves for the first time.
"""

from collections.abc import Mapping

from hub.door.sessions import Session
from hub.fanout.followed import Followed
from hub.recovery.offset import LOST, write_snapshot
from storage.log import Head
from storage.recoveries import Observation

MAX_BESIDE = 16
"""Streams named beside the own one: some 15 bytes each, on every event."""


class Stamps:
    """The offsets of one node.

    Args:
        followed: the streams that sockets of this node follow, by name.
    """

    def __init__(self, followed: Mapping[str, Followed]) -> None:
        self._followed = followed
        self._snapshot: bytes | None = b""
        """First part of each offset; None: no client can be placed just now."""
        self._beside: list[Followed] = []
        """Streams that have something beside them."""
        self.crowded = False
        """An event would have named too many streams: time for a new snapshot."""

    def offset(self, followed: Followed, seq: int) -> bytes:
        """The offset of a stream's event that is about to be sent; the stream has `moved` to it."""
        if self._snapshot is None:
            return LOST
        own = b"%b~%b%x" % (self._snapshot, followed.tag, seq)
        if not followed.beside:
            return own
        others = [
            b"~%b%x" % (other.tag, other.cursor)
            for other in followed.beside
            if other.cursor is not None  # nobody here follows it any more, or not yet
        ]
        if len(others) > MAX_BESIDE:
            self.crowded = True
            return LOST
        return own + b"".join(others)

    def moved(self, followed: Followed) -> None:
        """A stream is about to bring its followers an event."""
        if not followed.ahead:
            followed.ahead = True
            for session in followed.live:
                self._put_beside(followed, session)
            for session in followed.joining:
                self._put_beside(followed, session)

    def joined(self, followed: Followed, session: Session) -> None:
        """A socket follows one more stream."""
        if followed.ahead:
            self._put_beside(followed, session)
        for name in session.streams:
            other = self._followed.get(name)
            if other is not None and other is not followed and other.ahead:
                self._set_beside(followed, other)

    def observe(self, observation: Observation) -> None:
        """From here on offsets build on a new snapshot."""
        if observation.life is None:
            if self._snapshot:  # of a life that is over
                self._snapshot = None
            return
        snapshot = write_snapshot(observation.life, observation.snapshot)
        before = self._snapshot
        if snapshot is None and before and before.startswith(observation.life.encode()):
            return  # the one before goes on being right
        self._snapshot = snapshot
        self.crowded = False
        for followed in self._beside:
            followed.beside = None
        self._beside.clear()
        for followed in self._followed.values():
            followed.ahead = not _stands(followed, observation.heads)
        for followed in self._followed.values():
            if followed.ahead:
                followed.ahead = False
                self.moved(followed)

    def _put_beside(self, followed: Followed, session: Session) -> None:
        for name in session.streams:
            other = self._followed.get(name)
            if other is not None and other is not followed:
                self._set_beside(other, followed)

    def _set_beside(self, followed: Followed, other: Followed) -> None:
        if followed.beside is None:
            followed.beside = {}
            self._beside.append(followed)
        followed.beside[other] = None


def _stands(followed: Followed, heads: Mapping[str, Head]) -> bool:
    """Whether a stream has delivered here exactly what the heads say there was."""
    head = heads.get(followed.stream_id)
    return head is not None and followed.cursor == head.seq and followed.epoch == head.epoch

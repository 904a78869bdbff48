"""A WebSocket on a transport: bytes to frames, frames to its owner, and an orderly end."""

import asyncio
import logging
import socket
from typing import Protocol

from hub.engine import frames
from hub.engine.frames import BINARY, CLOSE, FAULT, PING, TEXT, FrameReader
from hub.engine.limits import Limits
from hub.engine.wheel import Wheel

log = logging.getLogger(__name__)

_SEND_BUFFER_BYTES = 131_072  # the kernel doubles it; what hides there no byte bound can see
_USER_TIMEOUT_MS = 15_000
"""RFC 5482: what a client has not acknowledged for so long, it never will."""


class Owner(Protocol):
    """Whose WebSocket it is: a session, or the probe of one that upgrades."""

    def text(self, payload: bytes) -> None:
        """Takes a text message, valid UTF-8."""

    def binary(self, payload: bytes) -> None:
        """Takes a binary message."""

    def broken(self, payload: bytes) -> None:
        """The peer broke RFC 6455; `payload` is what our close frame will say."""

    def lost(self) -> None:
        """The connection is gone, by a close frame or without a word."""

    def congested(self) -> None:
        """What was written exceeds the transport's high-water mark."""

    def relieved(self) -> None:
        """The backlog has gone down to its low-water mark."""


class WebSocket(asyncio.Protocol):
    """The protocol of a connection once its handshake is done.

    Args:
        transport: the connection.
        limits: its bounds.
        wheel: for the time that a client has to read our close frame.
        parting: holds this from `close` until the connection is gone.
    """

    __slots__ = (
        "_ending",
        "_parting",
        "_reader",
        "_wheel",
        "_write",
        "linger_s",
        "owner",
        "transport",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        limits: Limits,
        wheel: Wheel,
        parting: "set[WebSocket]",
    ) -> None:
        self.transport = transport
        self.owner: Owner
        self.linger_s = limits.linger_s
        self._reader = FrameReader(limits.message_bytes, limits.fragments)
        self._wheel = wheel
        self._parting = parting
        self._ending = False
        self._write = transport.write
        transport.set_write_buffer_limits(high=limits.congested_bytes)
        if (raw := transport.get_extra_info("socket")) is not None:
            _bound(raw)

    @property
    def unsent_bytes(self) -> int:
        """What the kernel has not taken yet."""
        return self.transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        """Sends whole frames; after `close` nothing goes out any more."""
        if not self._ending:
            self._write(data)

    def close(self, payload: bytes) -> None:
        """Sends a close frame and our FIN, and waits a little for the peer to read both.

        Closing outright while data is still coming in would make the kernel send a reset, which
        takes the close frame with it.
        """
        if self._ending:
            return
        self._ending = True
        try:
            self._write(frames.frame(CLOSE, payload))
            self.transport.write_eof()
        except (RuntimeError, OSError):
            self.transport.abort()
            return
        self._parting.add(self)
        self._wheel.after(self.linger_s, self.transport.abort)

    def abort(self) -> None:
        """Cuts the connection and drops what has not been sent."""
        self._ending = True
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        try:
            for opcode, payload in self._reader.feed(data):
                if opcode == TEXT:
                    self.owner.text(payload)
                elif opcode == BINARY:
                    self.owner.binary(payload)
                else:
                    self._control(opcode, payload)
                if self._ending:
                    return
        except Exception:  # the loop that must live: one client's bytes cost nobody else anything
            log.exception("websocket.receive_failed")
            self.close(frames.close_payload(1011))
            self.owner.lost()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ending = True
        self._parting.discard(self)
        self.owner.lost()

    def pause_writing(self) -> None:
        self.owner.congested()

    def resume_writing(self) -> None:
        self.owner.relieved()

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            # RFC 6455 §5.5.3 lets us answer the latest ping only: a client that does not read
            # its pongs gets no pile of them.
            if self.unsent_bytes < 4_096:
                self._write(frames.frame(frames.PONG, payload))
        elif opcode == FAULT:
            self.owner.broken(payload)
            self.close(payload)
        elif opcode == CLOSE:
            self.close(payload[:2])
            self.owner.lost()


def _bound(raw: socket.socket) -> None:
    """Bounds what the kernel holds for a client, and for how long it believes that he reads.

    By one socket object for both: uvloop's own makes one a call, 3 us instead of 13.
    """
    family = raw.family
    own = socket.socket(family, socket.SOCK_STREAM, 0, raw.fileno())
    try:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        if family != socket.AF_UNIX:
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MS)
    finally:
        own.detach()

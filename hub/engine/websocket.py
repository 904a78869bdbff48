"""A WebSocket on a transport: bytes to frames, frames to its owner, and an orderly end."""

import asyncio
import logging
from typing import Protocol

from hub.engine import frames
from hub.engine.borrowed_socket import BorrowedSocket
from hub.engine.budget import Budget
from hub.engine.frames import BINARY, CLOSE, FAULT, PING, PONG, TEXT, FrameReader
from hub.engine.limits import Limits
from hub.engine.wheel import Wheel

log = logging.getLogger(__name__)

_SEND_BUFFER_BYTES = 131_072  # the kernel doubles it; what hides there no byte bound can see
USER_TIMEOUT_MS = 15_000
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

    def blocked(self) -> None:
        """The kernel's buffer is full: what is written from here on waits."""

    def relieved(self) -> None:
        """Nothing waits any more."""


class WebSocket(asyncio.Protocol):
    """The protocol of a connection once its handshake is done.

    While nothing waits in the transport, bytes go past it to the kernel: `write` of uvloop costs
    1.1 us beside its system call, `send` of a socket 0.4, and send(2) 0.4 less than write(2).

    Args:
        transport: the connection.
        limits: its bounds.
        wheel: for the time that a client has to read our close frame.
        parting: holds this from `close` until the connection is gone.
    """

    __slots__ = (
        "_controls",
        "_ending",
        "_limits",
        "_parting",
        "_reader",
        "_wheel",
        "linger_s",
        "owner",
        "socket",
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
        self._limits = limits
        self._controls: Budget | None = None
        self._reader = FrameReader(limits.message_bytes, limits.fragments)
        self._wheel = wheel
        self._parting = parting
        self._ending = False
        # What is written goes out at once, and `pause_writing` tells when the first byte waits.
        transport.set_write_buffer_limits(high=0)
        self.socket = BorrowedSocket(transport)
        """Takes bytes past the transport; refuses them while something waits there, and when it is
        over. Whoever gets less than all into it calls `finish` before anything else."""
        self.socket.bound(_SEND_BUFFER_BYTES, USER_TIMEOUT_MS)
        if self.unsent_bytes:
            self.socket.detach()

    @property
    def unsent_bytes(self) -> int:
        """What the kernel has not taken yet."""
        return self.transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        """Sends whole frames; after `close` nothing goes out any more."""
        if not self._ending:
            self._write(data)

    def finish(self, data: bytes, sent: int) -> None:
        """Writes what is left of `data` after its first `sent` bytes, now or when there is room."""
        try:
            self.transport.write(data[sent:])
        except RuntimeError:  # it has just been closed
            self.owner.lost()

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
            self.socket.detach()
            self.transport.write_eof()
        except (RuntimeError, OSError):
            self.transport.abort()
            return
        self._parting.add(self)
        self._wheel.after(self.linger_s, self.transport.abort)

    def abort(self) -> None:
        """Cuts the connection and drops what has not been sent."""
        self._ending = True
        self.socket.detach()
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
        self.socket.detach()
        self._parting.discard(self)
        self.owner.lost()

    def pause_writing(self) -> None:
        self.socket.detach()
        self.owner.blocked()

    def resume_writing(self) -> None:
        if not self._ending:
            self.socket = BorrowedSocket(self.transport)
        self.owner.relieved()

    def _write(self, data: bytes) -> None:
        try:
            sent = self.socket.send(data)
        except OSError:
            sent = 0
        if sent != len(data):
            self.finish(data, sent)

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode in (PING, PONG) and not self._may_go_on():
            refusal = frames.close_payload(1008, "too many control frames")
            self.owner.broken(refusal)
            self.close(refusal)
        elif opcode == PING:
            # RFC 6455 §5.5.3 lets us answer the latest ping only: a client that does not read
            # its pongs gets no pile of them.
            if self.unsent_bytes < 4_096:
                self._write(frames.frame(PONG, payload))
        elif opcode == FAULT:
            self.owner.broken(payload)
            self.close(payload)
        elif opcode == CLOSE:
            self.close(payload[:2])
            self.owner.lost()

    def _may_go_on(self) -> bool:
        """Takes one control frame more from the client's budget, made when the first one comes."""
        if self._controls is None:
            limits = self._limits
            self._controls = Budget(limits.control_frames_per_s, limits.control_frames_burst)
        return self._controls.spend(asyncio.get_running_loop())

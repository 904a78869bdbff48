"""One client in one namespace: what the hub talks to."""

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from hub.engine import encoded
from hub.engine.encoded import EncodedEvent

if TYPE_CHECKING:
    from hub.engine.delivery import Delivery
    from hub.engine.handlers import Handlers
    from hub.engine.limits import Limits
    from hub.engine.room import Room, Writer


class Wire(Protocol):
    """The session below a link: `hub.engine.session`, or a socket of another kind."""

    sid: str
    limits: "Limits"

    @property
    def address(self) -> str:
        """The client's address."""

    @property
    def transport(self) -> str:
        """`websocket` or `polling`, as of now."""

    @property
    def unsent_bytes(self) -> int:
        """What waits for the client."""

    @property
    def is_behind(self) -> bool:
        """Whether volatile events are dropped for this client just now."""

    def take(self, event: EncodedEvent) -> None:
        """Takes an event that could not be written at once."""

    def end(self, reason: str) -> None:
        """Closes it."""

    async def drained(self) -> bool:
        """Waits while the client is behind; False once it is gone."""


class Carrier(Protocol):
    """What holds a link: `hub.engine.peer`, or a socket of another kind."""

    @property
    def delivery(self) -> "Delivery":
        """Where its links hear from."""

    @property
    def session(self) -> Wire:
        """What it runs over."""

    def dismiss(self, link: "Link") -> None:
        """Disconnects one namespace from the server's side."""


class Resume(Struct, frozen=True):
    """What a stock client that lost its connection brings back in CONNECT."""

    pid: str
    """The private id it was given when it first connected."""
    offset: str | None
    """Last argument of the last event it has seen."""


class Link:
    """A client that has connected, or is about to. None of its methods waits or fails."""

    __slots__ = (
        "_peer",
        "accepted",
        "closed",
        "data",
        "handlers",
        "held",
        "held_bytes",
        "namespace",
        "pid",
        "resume",
        "rooms",
        "sid",
        "writer",
    )

    def __init__(
        self,
        peer: Carrier,
        namespace: str,
        handlers: "Handlers",
        sid: str,
        resume: Resume | None,
    ) -> None:
        self._peer = peer
        self.namespace = namespace
        self.handlers = handlers
        self.sid = sid
        """Public id of this connection; the client's `socket.id`."""
        self.pid: str | None = None
        """Private id that recovers it; the engine sets it when it accepts."""
        self.resume = resume
        self.data: Any = None
        """The hub's own: whose link this is."""
        self.accepted = False
        self.closed = False
        self.rooms: set[Room] = set()
        self.writer: Writer | None = None
        """Takes frames at once; None while each event has to be looked at (`take`)."""
        self.held: list[EncodedEvent] | None = []
        """What came before the client was let in; it follows CONNECT."""
        self.held_bytes = 0

    @property
    def address(self) -> str:
        """The client's address, as the outermost trusted proxy saw it."""
        return self._peer.session.address

    @property
    def session_id(self) -> str:
        """Id of the Engine.IO session, which its other namespaces share."""
        return self._peer.session.sid

    @property
    def transport(self) -> str:
        """`websocket` or `polling`, as of now."""
        return self._peer.session.transport

    @property
    def is_behind(self) -> bool:
        """Whether volatile events are dropped for this client just now."""
        return self.held is not None or self._peer.session.is_behind

    def send(self, event: EncodedEvent) -> None:
        """Sends one packet in the order of calls; past the byte bound the client is cut."""
        if not self.closed:
            self._peer.delivery.send(self, event)

    async def drained(self) -> bool:
        """Waits while the client is behind (`Limits.congested_bytes`); False once it is gone.

        Who has more to send than `Limits.unsent_bytes` asks before each piece: then it is never
        cut, and what others send it does not wait behind everything.
        """
        self._peer.delivery.flush()
        return not self.closed and await self._peer.session.drained()

    def ack(self, ack_id: int, payload: Any) -> None:
        """Answers an event; a tuple gives several arguments."""
        args = payload if isinstance(payload, tuple) else (payload,)
        self.send(encoded.ack(ack_id, args, self.namespace))

    def close(self, reason: str) -> None:
        """Closes the client's whole session.

        Args:
            reason: a key of `hub.engine.endings.ENDINGS`; it says whether the client comes back.
        """
        self._peer.session.end(reason)

    def leave(self) -> None:
        """Disconnects this namespace only; a stock client stays away from it."""
        self._peer.dismiss(self)

    def take(self, event: EncodedEvent) -> None:
        """Takes what `delivery` could not write at once; for the engine."""
        if self.held is None:
            self._peer.session.take(event)
            return
        self.held_bytes += len(event.frame)
        if self.held_bytes > self._peer.session.limits.unsent_bytes:
            self.close("slow_consumer")
        else:
            self.held.append(event)

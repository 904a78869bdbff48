"""One plain socket as the delivery engine sees it: a link whose every event is looked at."""

import secrets
from collections.abc import Callable

from hub.engine import EncodedEvent, Handlers, Limits, Link
from hub.engine.delivery import Delivery
from hub.engine.endings import ENDINGS
from hub.plain_socket.outbox import Outbox


class Wire:
    """Peer and session in one (`hub/engine/link.py`, Carrier) for one plain WebSocket.

    Args:
        delivery: what broadcasts on this node.
        handlers: the hub's, as for every link.
        outbox: where texts for the socket go.
        limits: the bounds of any client.
        address: the client's.
        cut: closes the connection without a word.
        before_end: says why the socket ends, if its client is to know.
    """

    transport = "websocket"

    def __init__(
        self,
        delivery: Delivery,
        handlers: Handlers,
        outbox: Outbox,
        limits: Limits,
        address: str,
        cut: Callable[[], None],
        before_end: Callable[[str], None],
    ) -> None:
        self.delivery = delivery
        self.limits = limits
        self.address = address
        self.sid = secrets.token_urlsafe(15)
        self.link = Link(self, "/", handlers, self.sid, None)
        self.link.held = None
        self.link.accepted = True
        self.ended_for: str | None = None
        """Why the hub has ended the socket, if it was the hub."""
        self.on_event: Callable[[EncodedEvent], None] = _nobody_listens
        self._outbox = outbox
        self._cut = cut
        self._before_end = before_end

    @property
    def session(self) -> "Wire":
        """Itself: one socket is one session."""
        return self

    @property
    def unsent_bytes(self) -> int:
        """What waits for the client."""
        return self._outbox.waiting_bytes

    @property
    def is_behind(self) -> bool:
        """Whether what may be dropped is dropped for this client just now."""
        return self._outbox.is_behind

    def take(self, event: EncodedEvent) -> None:
        """Takes an event, unless it may be missed and the client is behind."""
        if not (self.is_behind and (event.ephemeral or event.volatile)):
            self.on_event(event)

    def write(self, text: bytes) -> None:
        """Queues a text; beyond the bound the client is a slow consumer and is cut."""
        if not self._outbox.put(text):
            self.end("slow_consumer")

    def end(self, reason: str) -> None:
        """Ends the socket; `reason` is one of `hub.engine.endings`."""
        if self.link.closed:
            return
        self.delivery.flush()
        self.ended_for = reason
        ending = ENDINGS[reason]
        if ending.abort:
            self._cut()
        else:
            self._before_end(reason)
            self._outbox.close(ending.code, reason)
        self.part()

    def part(self) -> None:
        """Takes the link out of everything; nothing is sent to it any more."""
        self.link.closed = True
        self.delivery.forget(self.link)

    def dismiss(self, link: Link) -> None:
        """Disconnects the one namespace there is."""
        self.end("server disconnect")

    async def drained(self) -> bool:
        """False once the client is gone; nothing that is sent here comes in pieces."""
        return not self.link.closed


def _nobody_listens(_event: EncodedEvent) -> None:
    pass

"""What runs over an Engine.IO session, and the one answer to what is no packet."""

from typing import Protocol

from hub.engine import encoded
from hub.engine.encoded import EncodedEvent
from hub.engine.room import Writer
from rooms.errors import Invalid


def bad_packet(why: str) -> EncodedEvent:
    """The `error` event for what is not a packet of the protocol."""
    message = f"This is no packet of the protocol: {why}."
    return encoded.event("error", Invalid.field("packet", "BAD_PACKET", message).as_dict())


class Consumer(Protocol):
    """What runs over a session: Socket.IO, or a test's echo."""

    def text(self, payload: bytes) -> None:
        """Takes a text message without its Engine.IO type."""

    def binary(self, payload: bytes) -> None:
        """Takes a binary message."""

    def set_writer(self, writer: Writer | None) -> None:
        """Frames may be written to `writer`; None: only `Session.take` may."""

    def farewell(self) -> list[EncodedEvent]:
        """Packets that keep the client from coming back."""

    def ended(self, reason: str) -> None:
        """The session is over."""

"""Events as frames: one for all, and another for those to whom blocks hide somebody."""

from collections.abc import Callable

from hub import wire
from hub.engine import EncodedEvent, Link
from hub.engine.delivery import Delivery
from hub.fanout import hidden
from hub.fanout.followed import Followed
from hub.recovery.stamps import Stamps
from storage.log import LogEvent

VOLATILE = frozenset(("sync:stats",))
"""Measured anew all the time. Of what is said once, such as who types or how many are there, the
last is kept for a client that is behind, and only the last."""


class Sender:
    """Encodes the events of followed streams and hands them to the delivery.

    Args:
        delivery: where the followers are.
        stamps: with them durable events carry an offset.
        look_soon: called when offsets have become too long.
    """

    def __init__(
        self, delivery: Delivery, stamps: Stamps | None, look_soon: Callable[[], None]
    ) -> None:
        self._delivery = delivery
        self._stamps = stamps
        self._look_soon = look_soon

    def durable(self, followed: Followed, event: LogEvent) -> EncodedEvent:
        """Sends an event to the live followers; returns the frame that most of them get."""
        frame = self.encode(followed, event)
        if not followed.wary:
            self._delivery.broadcast(followed.name, frame)
            return frame
        author = hidden.author_of(event)
        apart = [session for session in followed.wary if author in session.hidden]
        self._delivery.broadcast(followed.name, frame, [session.link for session in apart])
        if apart:
            place = self.encode(followed, hidden.place_of(event))
            for session in apart:
                session.send(place)
        return frame

    def encode(self, followed: Followed, event: LogEvent) -> EncodedEvent:
        """The frame of an event, with its offset as of now."""
        stamps = self._stamps
        if stamps is None:
            return wire.event_frame(event.name, event.body)
        frame = wire.event_frame(event.name, event.body, stamps.offset(followed, event.seq))
        if stamps.crowded:
            self._look_soon()
        return frame

    def ephemeral(self, followed: Followed, event: str, data: bytes) -> None:
        """Sends an event without seq to all followers; keeps it for those whose floor is unknown.

        Args:
            followed: their stream.
            event: its name.
            data: JSON.
        """
        frame = _ephemeral_frame(followed.name, event, data)
        apart: list[Link] = []
        for session in followed.wary:
            own = hidden.ephemeral(event, data, session.hidden)
            if own is not data:
                apart.append(session.link)
                if own is not None:
                    session.send(_ephemeral_frame(followed.name, event, own))
        self._delivery.broadcast(followed.name, frame, apart)
        for session, follower in followed.joining.items():
            own = hidden.ephemeral(event, data, session.hidden) if session.hidden else data
            if own is None:
                continue
            shown = frame if own is data else _ephemeral_frame(followed.name, event, own)
            if follower.floor is not None:
                session.send(shown)
            else:
                follower.waiting.append(shown)


def _ephemeral_frame(stream: str, event: str, data: bytes) -> EncodedEvent:
    body = b'{"stream":"%b","data":%b}' % (stream.encode(), data)
    if event in VOLATILE:
        return wire.volatile_frame(event, body)
    return wire.ephemeral_frame(event, body, key=f"{stream} {event}")

"""Ephemeral events that a congested client has missed: the last of each key."""

from collections.abc import Iterator

from hub.engine.encoded import EncodedEvent

MAX_KEYS = 64
"""Different events kept for one client; more are dropped."""


class Latest:
    """What the client gets once he has caught up, in the order of the keys' first events."""

    __slots__ = ("_events",)

    def __init__(self) -> None:
        self._events: dict[str, EncodedEvent] = {}

    def keep(self, event: EncodedEvent) -> bool:
        """Keeps an event instead of the one before it; False when it is dropped."""
        if event.key is None or (event.key not in self._events and len(self._events) >= MAX_KEYS):
            return False
        self._events[event.key] = event
        return True

    def __iter__(self) -> Iterator[EncodedEvent]:
        return iter(self._events.values())

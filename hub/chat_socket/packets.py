"""What the hub sends a link, read back: names and payloads for sockets that speak otherwise."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from hub.chat_socket import words
from hub.engine import EncodedEvent
from hub.engine.packets import ACK, EVENT, split
from hub.plain_socket.frames import frame

_decode = msgspec.json.Decoder().decode


class Packet(Struct, frozen=True):
    """One packet."""

    name: str | None
    """None: the answer to a call."""
    ack_id: int | None
    payload: Any
    said: bytes | None
    """What every client of the older chat is told of it, if that is the same for all."""


class Packets:
    """Reads packets; one that goes to many is read once."""

    def __init__(self) -> None:
        self._last: tuple[EncodedEvent, Packet | None] | None = None

    def read(self, event: EncodedEvent) -> Packet | None:
        """The packet of an event; None for what is neither an event nor an answer."""
        if self._last is None or self._last[0] is not event:
            self._last = (event, _read(event))
        return self._last[1]


def _read(event: EncodedEvent) -> Packet | None:
    head = split(event.text[1:])
    if head.kind == ACK:
        return Packet(None, head.ack_id, _decode(head.body)[0], None)
    if head.kind != EVENT:
        return None
    name, payload = (*_decode(head.body), None)[:2]
    say = _TOLD_ALL.get(name)
    return Packet(name, None, payload, say(payload["data"]) if say is not None else None)


def _reaction(added: bool) -> Callable[[words.Fields], bytes]:
    def say(data: words.Fields) -> bytes:
        return frame("reaction", **data, added=added)

    return say


_JOINED = ("room_id", "user_id", "username", "display_name", "role")
_LEFT = ("room_id", "user_id", "reason")

_TOLD_ALL: dict[str, Callable[[words.Fields], bytes]] = {
    "message:created": lambda data: frame("message", **words.message_of(data)),
    "message:updated": lambda data: frame("message_edited", **words.message_of(data)),
    "message:deleted": lambda data: frame("message_deleted", **data),
    "reaction:added": _reaction(True),
    "reaction:removed": _reaction(False),
    "member:joined": lambda data: frame("joined", **{name: data[name] for name in _JOINED}),
    "member:left": lambda data: frame("left", **{name: data.get(name) for name in _LEFT}),
}

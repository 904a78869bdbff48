"""Socket.IO packets (revision 5) of the main namespace, as a client writes and reads them. Pure."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

CONNECT: Final = 0
DISCONNECT: Final = 1
EVENT: Final = 2
ACK: Final = 3
CONNECT_ERROR: Final = 4
BINARY_EVENT: Final = 5
BINARY_ACK: Final = 6

GOODBYE = "41"

_HEAD = re.compile(r"4([0-6])(?:([0-9]+)-)?([0-9]*)")
_decode = msgspec.json.Decoder().decode


class Packet(Struct, frozen=True):
    """One packet."""

    kind: int
    number: int | None
    """Of the call that an ack answers."""
    data: Any
    """Of an event its name, its payload and perhaps an offset; of an ack its arguments."""
    attachments: int = 0
    """Binary parts that come behind it."""


def hello(auth: Any) -> str:
    """The packet that asks to be let in; None: with nothing to show."""
    if auth is None:
        return "40"
    return "40" + msgspec.json.encode(auth).decode()


def event(name: str, payload: Any, number: int | None = None) -> str:
    """An event; with a `number` it is a call, and its ack carries it."""
    args = [name] if payload is None else [name, payload]
    return f"42{'' if number is None else number}{msgspec.json.encode(args).decode()}"


def read(text: str) -> Packet:
    """The packet of a text.

    Raises:
        ValueError: it is none.
    """
    head = _HEAD.match(text)
    if head is None:
        raise ValueError(f"no packet: {text[:40]!r}")
    body = text[head.end() :]
    return Packet(
        kind=int(head[1]),
        number=int(head[3]) if head[3] else None,
        data=_decode(body) if body else None,
        attachments=int(head[2] or 0),
    )


def filled(packet: Packet, parts: Sequence[bytes]) -> Packet:
    """A packet whose binary parts have come, as one that never had any."""
    kind = {BINARY_EVENT: EVENT, BINARY_ACK: ACK}[packet.kind]
    return Packet(kind, packet.number, _fill(packet.data, parts))


def _fill(data: Any, parts: Sequence[bytes]) -> Any:
    if isinstance(data, list):
        return [_fill(each, parts) for each in data]
    if isinstance(data, dict):
        if data.get("_placeholder") is True:
            return parts[data["num"]]
        return {name: _fill(value, parts) for name, value in data.items()}
    return data

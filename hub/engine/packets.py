"""Socket.IO packets as clients send them (protocol revision 5), decoded with limits. Pure.

`docs/socket.io-protocol/v5-current.md` in socketio/socket.io describes the format:
`<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`.
"""

import re
from typing import Any, Final

import msgpack
import msgspec
from msgspec import Struct

from hub.engine.strict_json import BadJson, BadNumber, BadText, is_exact, loads, unique

CONNECT: Final = 0
DISCONNECT: Final = 1
EVENT: Final = 2
ACK: Final = 3
CONNECT_ERROR: Final = 4
BINARY_EVENT: Final = 5
BINARY_ACK: Final = 6

MAX_NAMESPACE = 100
_MAX_ACK_DIGITS = 15  # < 2**53; a stock client counts from 0
_MAX_COUNT_DIGITS = 3
_HEAD = re.compile(rb"([0-6])(?:([0-9]+)-)?(?:(/[^,]*),?)?([0-9]*)")


class BadPacket(ValueError):
    """Not a packet of the protocol; the message says why."""


class TooManyAttachments(BadPacket):
    """More binary parts than one event may have: the session ends."""


class Unfit(BadPacket):
    """A sound packet with a value that cannot be taken; who asked for an ack gets one."""

    def __init__(self, field: str, code: str, message: str, ack_id: int | None) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message
        self.ack_id = ack_id


class _Packed(Struct, frozen=True):
    """A packet as socket.io-msgpack-parser sends it."""

    type: int
    nsp: str
    id: int | None = None
    data: Any = None


class Head(Struct, frozen=True):
    """A packet taken apart."""

    kind: int
    attachments: bytes | None
    """Digits of their count, as given."""
    namespace: str
    ack_id: int | None
    body: bytes
    """JSON, or nothing."""


class Packet(Struct):
    """One packet. `data` of an event or ack is its list of arguments, the event's name first."""

    kind: int
    namespace: str
    ack_id: int | None
    data: Any
    attachments: int = 0
    """Binary parts that have yet to come; `data` holds placeholders for them."""


def decode(raw: bytes, *, max_depth: int, max_attachments: int) -> Packet:
    """The packet in `raw`, valid UTF-8 without the Engine.IO type.

    Raises:
        BadPacket: anything else.
        TooManyAttachments: announced, not yet sent.
        Unfit: see there.
    """
    if raw.startswith(b"2"):  # the usual event: no namespace, and perhaps an ack id
        start = raw.find(b"[", 1, _MAX_ACK_DIGITS + 2)
        if start == 1 or (start > 1 and raw[1:start].isdigit()):
            ack_id = int(raw[1:start]) if start > 1 else None
            data = _json(raw[start:], max_depth, ack_id)
            _check_event(data)
            return Packet(EVENT, "/", ack_id, data)
    head = split(raw)
    attachments = 0
    if head.kind >= BINARY_EVENT:
        attachments = _attachments(head.attachments, max_attachments)
    elif head.attachments is not None:
        raise BadPacket("only binary packets have attachments")
    asked_by = head.ack_id if head.kind in (EVENT, BINARY_EVENT) else None
    data = _json(head.body, max_depth, asked_by) if head.body else None
    packet = Packet(head.kind, head.namespace, head.ack_id, data, attachments)
    check(packet)
    if attachments:
        _check_placeholders(data, attachments)
    elif head.kind >= BINARY_EVENT:
        packet.kind = EVENT if head.kind == BINARY_EVENT else ACK
    return packet


def split(raw: bytes) -> Head:
    """The parts of a packet, its JSON unread.

    Raises:
        BadPacket: no type, or an overlong namespace or ack id.
    """
    found = _HEAD.match(raw)
    if found is None:
        raise BadPacket("no such packet type")
    kind, attachments, namespace, ack_id = found.groups()
    if len(ack_id) > _MAX_ACK_DIGITS:
        raise BadPacket("ack id is too long")
    return Head(
        kind=int(kind),
        attachments=attachments,
        namespace=_namespace(namespace),
        ack_id=int(ack_id) if ack_id else None,
        body=raw[found.end() :],
    )


def decode_msgpack(raw: bytes, *, max_depth: int) -> Packet:
    """The packet of a client that uses socket.io-msgpack-parser.

    What JSON would not have let through is refused here, too: keys given twice, numbers that a
    browser reads as others, extensions. 64 KiB of empty arrays become 4 MB for a millisecond.

    Raises:
        BadPacket: no such packet, ambiguous, or nested too deep.
        Unfit: NUL in a string, or a number that is none in JSON.
    """
    try:
        unpacked = msgpack.unpackb(
            raw,
            ext_hook=_undefined,
            max_ext_len=1,
            strict_map_key=True,
            object_pairs_hook=unique,
        )
        packed = msgspec.convert(unpacked, _Packed)
    except (ValueError, msgpack.UnpackException) as error:
        raise BadPacket(str(error)[:100]) from None
    kind = {BINARY_EVENT: EVENT, BINARY_ACK: ACK}.get(packed.type, packed.type)
    packet = Packet(kind, packed.nsp, packed.id, packed.data)
    packet.namespace = _namespace(packet.namespace.encode())
    if packet.ack_id is not None and not 0 <= packet.ack_id < 10**_MAX_ACK_DIGITS:
        raise BadPacket("ack id is no small integer")
    try:
        _check_content(packet.data, "", max_depth)
    except (BadText, BadNumber) as error:
        raise _unfit(error, packet.ack_id) from None
    check(packet)
    return packet


def check(packet: Packet) -> None:
    """Holds a packet's data against its type.

    Raises:
        BadPacket: an event without a name, an ack without an id, and the like.
    """
    kind, data = packet.kind, packet.data
    if kind in (EVENT, BINARY_EVENT):
        _check_event(data)
    elif kind in (ACK, BINARY_ACK):
        if not isinstance(data, list) or packet.ack_id is None:
            raise BadPacket("an ack is a list and has an id")
    elif kind == CONNECT:
        if not (data is None or isinstance(data, dict)):
            raise BadPacket("CONNECT takes an object")
    elif kind != DISCONNECT:
        raise BadPacket("only servers send this packet type")


def fill_placeholders(data: Any, parts: list[bytes]) -> Any:
    """`data` with each placeholder replaced by its binary part."""
    if isinstance(data, list):
        return [fill_placeholders(item, parts) for item in data]
    if isinstance(data, dict):
        if data.get("_placeholder") is True:
            return parts[data["num"]]
        return {key: fill_placeholders(item, parts) for key, item in data.items()}
    return data


def _json(body: bytes, max_depth: int, ack_id: int | None) -> Any:
    try:
        return loads(body, max_depth)
    except (BadText, BadNumber) as error:
        raise _unfit(error, ack_id) from None
    except BadJson as error:
        raise BadPacket(str(error)) from None


def _check_event(data: Any) -> None:
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise BadPacket("an event is a list that begins with its name")


def _namespace(given: bytes | None) -> str:
    if given is None:
        return "/"
    name = given.partition(b"?")[0].decode()
    if len(name) > MAX_NAMESPACE or not name.startswith("/"):
        raise BadPacket("no namespace has such a name")
    return name


def _attachments(given: bytes | None, most: int) -> int:
    if given is None:
        raise BadPacket("a binary packet says how many attachments follow")
    if len(given) > _MAX_COUNT_DIGITS or int(given) > most:
        raise TooManyAttachments("too many attachments")
    return int(given)


def _check_placeholders(data: Any, count: int) -> None:
    if isinstance(data, list):
        for item in data:
            _check_placeholders(item, count)
    elif isinstance(data, dict):
        if data.get("_placeholder") is True:
            number = data.get("num")
            if type(number) is not int or not 0 <= number < count:
                raise BadPacket("a placeholder names no attachment")
        else:
            for item in data.values():
                _check_placeholders(item, count)


def _undefined(code: int, data: bytes) -> None:
    """JavaScript's `undefined`, which the client's notepack.io writes as an extension."""
    if (code, data) != (0, b"\0"):
        raise BadPacket("no such extension type")


def _unfit(error: BadText | BadNumber, ack_id: int | None) -> Unfit:
    field = error.path.removeprefix("[1]").removeprefix(".") or "payload"
    if isinstance(error, BadText):
        return Unfit(field, "BAD_TEXT", "Text must not hold NUL or half a surrogate pair.", ack_id)
    message = "A number must be below 2**53, so that every client reads the same one."
    return Unfit(field, "BAD_NUMBER", message, ack_id)


def _check_content(value: Any, path: str, depth: int) -> None:
    """Looks for text with a NUL; msgpack's own reader refuses what is not UTF-8.

    Raises:
        BadPacket: nested too deep.
        BadText: that.
        BadNumber: a number that is none in JSON.
    """
    if isinstance(value, str):
        if "\0" in value:
            raise BadText(path)
    elif isinstance(value, (int, float)):
        if not is_exact(value):
            raise BadNumber(path)
    elif isinstance(value, (list, dict)):
        if depth == 0:
            raise BadPacket("nested too deep")
        items = enumerate(value) if isinstance(value, list) else value.items()
        for key, item in items:
            if isinstance(key, str) and "\0" in key:
                raise BadText(path)
            inner = f"{path}[{key}]" if isinstance(value, list) else f"{path}.{key}"
            _check_content(item, inner.lstrip("."), depth - 1)

"""Packets as the server sends them: encoded once, framed once, written to as many as wanted."""

from collections.abc import Sequence
from typing import Any

import msgpack
import orjson

from hub.engine import packets
from hub.engine.frames import BINARY, TEXT, frame
from hub.engine.hooks import MESSAGE
from hub.engine.hooks import Packet as PollPacket


class EncodedEvent:
    """One packet for any number of clients, whatever their transport and parser.

    Args:
        text: the Engine.IO message, its type `4` included.
        attachments: the binary parts that its placeholders stand for.
        ephemeral: at most once; a client that is behind may miss it.
        key: ephemeral events of one key replace each other while a client is behind.
        volatile: dropped for a client that cannot be written to, never queued: for what is out of
            date by the time it could be read.
    """

    __slots__ = (
        "_packed",
        "_polled",
        "attachments",
        "ephemeral",
        "frame",
        "key",
        "text",
        "volatile",
    )

    def __init__(
        self,
        text: bytes,
        attachments: Sequence[bytes] = (),
        *,
        ephemeral: bool = False,
        key: str | None = None,
        volatile: bool = False,
    ) -> None:
        self.text = text
        self.attachments = attachments
        self.ephemeral = ephemeral
        self.key = key
        self.volatile = volatile
        size = len(text)
        if size < 126:
            self.frame = b"\x81%c%b" % (size, text)
        elif size < 65_536:
            self.frame = b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), text)
        else:
            self.frame = frame(TEXT, text)
        if attachments:
            self.frame += b"".join([frame(BINARY, bytes(part)) for part in attachments])
        self._polled: tuple[PollPacket, ...] | None = None
        self._packed: tuple[bytes, tuple[PollPacket, ...]] | None = None

    @property
    def polled(self) -> tuple[PollPacket, ...]:
        """The same for long-polling, as python-engineio's packets."""
        if self._polled is None:
            first = PollPacket(MESSAGE, self.text[1:].decode())
            # Each is encoded once: the library caches the form it was asked for first.
            rest = (PollPacket(MESSAGE, bytes(part)) for part in self.attachments)
            self._polled = (first, *rest)
        return self._polled

    @property
    def packed_frame(self) -> bytes:
        """The same for socket.io-msgpack-parser: one binary message, no attachments."""
        if self._packed is None:
            self._packed = _repack(self.text[1:], list(self.attachments))
        return self._packed[0]

    @property
    def packed_polled(self) -> tuple[PollPacket, ...]:
        """The same for long-polling and socket.io-msgpack-parser."""
        if self._packed is None:
            self._packed = _repack(self.text[1:], list(self.attachments))
        return self._packed[1]


def event(
    name: str,
    *args: Any,
    namespace: str = "/",
    ack_id: int | None = None,
    offset: str | None = None,
    ephemeral: bool = False,
    key: str | None = None,
    volatile: bool = False,
) -> EncodedEvent:
    """An EVENT; `offset` goes last, where a stock client looks for it to recover."""
    data: list[Any] = [name, *args] if offset is None else [name, *args, offset]
    encoded = _encode(packets.EVENT, namespace, ack_id, data, ephemeral, key)
    encoded.volatile = volatile
    return encoded


def event_from_json(
    name: str,
    body: bytes,
    *,
    offset: bytes | None = None,
    ephemeral: bool = False,
    key: str | None = None,
    volatile: bool = False,
) -> EncodedEvent:
    """An EVENT of the default namespace whose one argument is already JSON, as the bus brings it.

    `name` and `offset` are ours: they hold nothing that JSON would escape.
    """
    if offset is None:
        text = b'42["%b",%b]' % (name.encode(), body)
    else:
        text = b'42["%b",%b,"%b"]' % (name.encode(), body, offset)
    return EncodedEvent(text, ephemeral=ephemeral, key=key, volatile=volatile)


def ack(ack_id: int, args: Sequence[Any], namespace: str = "/") -> EncodedEvent:
    """The answer to a client's event."""
    return _encode(packets.ACK, namespace, ack_id, list(args))


def ack_from_json(ack_id: int, body: bytes) -> EncodedEvent:
    """An ACK of the default namespace whose one argument is already JSON."""
    return EncodedEvent(b"43%d[%b]" % (ack_id, body))


def connected(namespace: str, sid: str, pid: str | None) -> EncodedEvent:
    """CONNECT: the client is in; with `pid` it may recover its state after a drop."""
    data = {"sid": sid} if pid is None else {"sid": sid, "pid": pid}
    return _encode(packets.CONNECT, namespace, None, data)


def connect_error(namespace: str, message: str, data: Any = None) -> EncodedEvent:
    """CONNECT_ERROR: `message` and `data` of the error that the client's `connect_error` gets."""
    body = {"message": message} if data is None else {"message": message, "data": data}
    return _encode(packets.CONNECT_ERROR, namespace, None, body)


def disconnected(namespace: str) -> EncodedEvent:
    """DISCONNECT: a stock client stays away after it."""
    return _encode(packets.DISCONNECT, namespace, None, None)


def _encode(
    kind: int,
    namespace: str,
    ack_id: int | None,
    data: Any,
    ephemeral: bool = False,
    key: str | None = None,
) -> EncodedEvent:
    parts: list[bytes] = []

    def part(value: Any) -> dict[str, Any]:
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(f"{type(value).__name__} is no value of the protocol")
        parts.append(bytes(value))
        return {"_placeholder": True, "num": len(parts) - 1}

    body = b"" if data is None else orjson.dumps(data, default=part)
    if parts:
        kind = packets.BINARY_EVENT if kind == packets.EVENT else packets.BINARY_ACK
        head = f"4{kind}{len(parts)}-"
    else:
        head = f"4{kind}"
    if namespace != "/":
        head += f"{namespace},"
    if ack_id is not None:
        head += str(ack_id)
    return EncodedEvent(head.encode() + body, parts, ephemeral=ephemeral, key=key)


def _repack(text: bytes, parts: list[bytes]) -> tuple[bytes, tuple[PollPacket, ...]]:
    head = packets.split(text)
    kind = {packets.BINARY_EVENT: packets.EVENT, packets.BINARY_ACK: packets.ACK}
    packed: dict[str, Any] = {"type": kind.get(head.kind, head.kind), "nsp": head.namespace}
    if head.body:
        packed["data"] = packets.fill_placeholders(orjson.loads(head.body), parts)
    if head.ack_id is not None:
        packed["id"] = head.ack_id
    message: bytes = msgpack.packb(packed)
    return frame(BINARY, message), (PollPacket(MESSAGE, message),)

"""39: msgpack is offered on a second path, with the same bounds as JSON."""

import struct

import msgpack
import pytest

from tests.hub.engine.wire import Wire, open_wire
from tests.hub.hostile.conftest import Target


def event(*args: object, number: int | None = None, kind: int = 2) -> bytes:
    """A packet as socket.io-msgpack-parser writes it."""
    packet = {"type": kind, "nsp": "/", "data": list(args)}
    body: bytes = msgpack.packb(packet | ({} if number is None else {"id": number}))
    return body


def raw_event(data: bytes) -> bytes:
    """An event whose second argument is these bytes."""
    return b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1x" + data


BAD_PACKETS = {
    "an array that says it has 4 billion": raw_event(b"\xdd\xff\xff\xff\xff"),
    "a string of 4 GB": raw_event(b"\xdb\xff\xff\xff\xff"),
    "60,000 deep": raw_event(b"\x91" * 60_000),
    "17 deep": raw_event(b"\x91" * 17 + b"\xc0"),
    "an extension": raw_event(b"\xd4\x05\x00"),
    "a timestamp": raw_event(b"\xd6\xff\x00\x00\x00\x00"),
    "keys that are no strings": raw_event(b"\x81\x01\x02"),
    "keys that are arrays": raw_event(b"\x81\x90\x02"),
    "a key twice": raw_event(b"\x82\xa1a\x01\xa1a\x02"),
    "NaN": raw_event(b"\xcb" + struct.pack(">d", float("nan"))),
    "infinity": raw_event(b"\xcb" + struct.pack(">d", float("-inf"))),
    "2**53": raw_event(b"\xcf" + (2**53).to_bytes(8, "big")),
    "text that is not UTF-8": raw_event(b"\xa2\xff\xfe"),
    "half a packet": event("x", {"a": 1})[:-1],
    "more than a packet": event("x") + b"\x00",
    "no name": event(),
    "a number for a name": event(5),
    "no packet": b"\x93garbage",
    "an empty message": b"",
    "a packet only servers send": event("x", kind=4),
    "no such packet type": event("x", kind=99),
    "a negative ack id": event("x", number=-1),
}


async def connected(target: Target) -> Wire:
    """A socket of the msgpack path that has been let in, `hello` read."""
    _, token = await target.someone()
    wire = await open_wire(target.port, "/socket.io-msgpack/")
    wire.binary(msgpack.packb({"type": 0, "nsp": "/", "data": {"token": token}}))
    assert msgpack.unpackb(await _binary(wire))["type"] == 0
    assert msgpack.unpackb(await _binary(wire))["data"][0] == "hello"
    return wire


@pytest.mark.parametrize("name", BAD_PACKETS)
async def test_malformed_packets_are_answered_and_the_connection_stays(
    target: Target, name: str
) -> None:
    async with await connected(target) as wire:
        wire.binary(BAD_PACKETS[name])

        said = msgpack.unpackb(await _binary(wire))
        assert (said["type"], said["data"][0]) == (2, "error")
        assert said["data"][1]["fields"][0]["code"] == "BAD_PACKET"
        wire.binary(event("clock:ping", {"t0": 1.0}, number=1))
        assert msgpack.unpackb(await _binary(wire))["data"][0]["ok"]


async def test_a_nul_gets_an_ack(target: Target) -> None:
    async with await connected(target) as wire:
        wire.binary(event("message:create", {"content": "a\0b"}, number=1))

        error = msgpack.unpackb(await _binary(wire))["data"][0]["error"]
        assert error["fields"][0]["code"] == "BAD_TEXT"


async def test_a_binary_event_is_an_event(target: Target) -> None:
    """Its parts stand in the packet itself; it must not be taken for anything else."""
    async with await connected(target) as wire:
        wire.binary(event("clock:ping", {"t0": 1.0}, number=1, kind=5))

        assert msgpack.unpackb(await _binary(wire))["data"][0]["ok"]


async def test_a_message_that_is_too_big_ends_the_connection(target: Target) -> None:
    async with await connected(target) as wire:
        wire.binary(raw_event(b"\xdd" + (70_000).to_bytes(4, "big") + b"\x90" * 70_000))

        assert (await wire.closed()).code == 1009


async def test_empty_arrays_up_to_the_limit_are_refused_with_the_field(target: Target) -> None:
    """60 KB that become 4 MB: answered in a moment, and the node goes on."""
    async with await connected(target) as canary, await connected(target) as wire:
        body = event("clock:ping", "here", number=1)
        assert body.endswith(b"\xa4here\xa2id\x01")
        arrays = b"\xdd" + (60_000).to_bytes(4, "big") + b"\x90" * 60_000
        wire.binary(body.replace(b"\xa4here", arrays))

        error = msgpack.unpackb(await _binary(wire))["data"][0]["error"]
        assert error["fields"][0]["code"] == "NOT_AN_OBJECT"
        canary.binary(event("clock:ping", {"t0": 1.0}, number=1))
        assert msgpack.unpackb(await _binary(canary))["data"][0]["ok"]


async def _binary(wire: Wire) -> bytes:
    while True:
        message = await wire.message()
        if isinstance(message, bytes):
            return message
        assert message == "2"

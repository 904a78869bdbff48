"""The inputs themselves, shared by the tests of the engine alone and of a whole node."""

from collections.abc import Callable

from hub.engine.frames import BINARY, TEXT
from tests.hub.engine.wire import Wire, masked

BAD_PACKETS = {
    "4 empty message": "",
    "5 packet type 9": "9",
    "5 a letter": "x",
    "6 no data": "42",
    "6 an object": "42{}",
    "6 an empty list": "42[]",
    "6 null for a name": "42[null]",
    "6 a number for a name": "42[5]",
    "6 a list for a name": '42[["x"]]',
    "6 an object for a name": "42[{}]",
    "7 truncated": '42["x",{"a":1',
    "7 trailing bytes": '42["x"]y',
    "8 50,000 deep": '42["x",' + "[" * 50_000 + "]" * 10_000 + "]",
    "8 17 deep": '42["x",' + "[" * 16 + "]" * 16 + "]",
    "9 5,000 digits": '42["x",' + "9" * 5_000 + "]",
    "9 4,000 digits": '42["x",' + "9" * 4_000 + "]",
    "9 2**53": f'42["x",{2**53}]',
    "9 beyond 64 bits": f'42["x",{-(2**64)}]',
    "10 NaN": '42["x",NaN]',
    "10 Infinity": '42["x",-Infinity]',
    "10 1e999": '42["x",1e999]',
    "12 a key twice": '42["x",{"a":1,"a":2}]',
    "12 a key twice, spelt differently": '42["x",{"a":1,"\\u0061":2}]',
    "23 101 digits of ack id": "42" + "1" * 101 + '["x"]',
    "23 a digit of another script": '42٣["x"]',
    "unknown Socket.IO type": '47["x"]',
    "a packet only servers send": '44{"message":"no"}',
    "ack without an id": '43["x"]',
    "ack that is no list": "431{}",
    "attachments on a plain event": '421-["x"]',
    "a namespace of 200 characters": "40/" + "n" * 200 + ",",
    "CONNECT with a list": "40/other,[]",
}
"""Text packets that are answered with the event `error`; the connection is kept."""


def unfinished(part: bytes, count: int) -> bytes:
    """A message in `count` fragments that never ends."""
    return masked(TEXT, part, fin=False) + masked(0, part, fin=False) * (count - 1)


CUTS: dict[str, tuple[Callable[[Wire], None], int]] = {
    "1 100 MB text frame": (
        lambda wire: wire.raw(b"\x81\xff" + (100_000_000).to_bytes(8, "big") + b"\0" * 100_000),
        1009,
    ),
    "2 1,000 fragments": (
        lambda wire: wire.raw(unfinished(b"x" * 100, 1_000)),
        1009,
    ),
    "2 one-byte fragments": (
        lambda wire: wire.raw(unfinished(b"x", 131_000)),
        1008,
    ),
    "3 a compressed frame": (
        lambda wire: wire.raw(b"\xc1" + masked(TEXT, b"x" * 100)[1:]),
        1002,
    ),
    "13 more than 64 KiB of []": (
        lambda wire: wire.text('42["x"' + ",[]" * 22_000 + "]"),
        1009,
    ),
    "14 ten digits of attachments": (lambda wire: wire.text('459999999999-["x"]'), 1008),
    "14 five attachments": (lambda wire: wire.text('455-["x"]'), 1008),
    "14 attachments of more than 64 KiB": (
        lambda wire: wire.raw(
            masked(TEXT, b'452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
            + masked(BINARY, b"x" * 40_000) * 2
        ),
        1008,
    ),
    "38 pongs nobody asked for": (lambda wire: wire.raw(masked(TEXT, b"3") * 11), 1008),
    "38 pings, upgrades, noops and opens": (
        lambda wire: wire.raw((masked(TEXT, b"2") + masked(TEXT, b"5") + masked(TEXT, b"6")) * 4),
        1008,
    ),
    "malformed packets without end": (lambda wire: wire.raw(masked(TEXT, b"42{}") * 11), 1008),
}
"""What ends the connection, and the code it is closed with."""

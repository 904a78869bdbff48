from typing import Any

import msgpack
import pytest

from hub.engine.packets import (
    ACK,
    BINARY_EVENT,
    CONNECT,
    DISCONNECT,
    EVENT,
    BadPacket,
    Packet,
    TooManyAttachments,
    Unfit,
    decode,
    decode_msgpack,
    fill_placeholders,
)


def read(raw: str) -> Packet:
    return decode(raw.encode(), max_depth=16, max_attachments=4)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("0", Packet(CONNECT, "/", None, None)),
        ('0{"token":"x"}', Packet(CONNECT, "/", None, {"token": "x"})),
        ("0/admin,", Packet(CONNECT, "/admin", None, None)),
        ("0/admin", Packet(CONNECT, "/admin", None, None)),
        ('0/admin?a=1,{"a":1}', Packet(CONNECT, "/admin", None, {"a": 1})),
        ("1", Packet(DISCONNECT, "/", None, None)),
        ("1/admin,", Packet(DISCONNECT, "/admin", None, None)),
        ('2["a"]', Packet(EVENT, "/", None, ["a"])),
        ('212["a",{"b":[1]}]', Packet(EVENT, "/", 12, ["a", {"b": [1]}])),
        ('2/x,0["a"]', Packet(EVENT, "/x", 0, ["a"])),
        ("312[]", Packet(ACK, "/", 12, [])),
        (
            '51-["a",{"_placeholder":true,"num":0}]',
            Packet(BINARY_EVENT, "/", None, ["a", {"_placeholder": True, "num": 0}], 1),
        ),
        ('50-["a"]', Packet(EVENT, "/", None, ["a"])),
        ("60-7[]", Packet(ACK, "/", 7, [])),
    ],
)
def test_packets_of_the_protocol(raw: str, expected: Packet) -> None:
    assert read(raw) == expected


@pytest.mark.parametrize("raw", ["5[1]", "5-[1]", '21-["a"]', "2", "8", "", "-", "31"])
def test_what_is_no_packet(raw: str) -> None:
    with pytest.raises(BadPacket):
        read(raw)


def test_five_attachments_are_one_too_many() -> None:
    with pytest.raises(TooManyAttachments):
        read('55-["a"]')


@pytest.mark.parametrize(
    ("raw", "field", "code", "ack_id"),
    [
        ('217["say",{"content":"a\\u0000"}]', "content", "BAD_TEXT", 17),
        ('217["queue:clear",{"if_rev":9007199254740992}]', "if_rev", "BAD_NUMBER", 17),
        ('217["say",1e999]', "payload", "BAD_NUMBER", 17),
        ('2["say",{"a":[1,1e999]}]', "a[1]", "BAD_NUMBER", None),
        ('317["\\u0000"]', "[0]", "BAD_TEXT", None),
    ],
)
def test_an_unfit_value_knows_who_asked(
    raw: str, field: str, code: str, ack_id: int | None
) -> None:
    with pytest.raises(Unfit) as caught:
        read(raw)

    assert (caught.value.field, caught.value.code, caught.value.ack_id) == (field, code, ack_id)


def test_msgpack_numbers_are_held_to_the_same_bound() -> None:
    raw = packed(type=2, nsp="/", id=4, data=["queue:clear", {"if_rev": 2**53}])

    with pytest.raises(Unfit) as caught:
        decode_msgpack(raw, max_depth=16)

    assert (caught.value.field, caught.value.code) == ("if_rev", "BAD_NUMBER")
    assert caught.value.ack_id == 4


def test_parts_take_the_place_of_their_placeholders() -> None:
    data = ["a", {"b": [{"_placeholder": True, "num": 1}, {"_placeholder": True, "num": 0}]}]

    assert fill_placeholders(data, [b"0", b"1"]) == ["a", {"b": [b"1", b"0"]}]


def packed(**fields: Any) -> bytes:
    raw: bytes = msgpack.packb(fields)
    return raw


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_msgpack_packets() -> None:
    raw = packed(type=2, nsp="/", id=3, data=["a", {"b": b"\0\1"}], options={"compress": True})

    assert decode_msgpack(raw, max_depth=16) == Packet(EVENT, "/", 3, ["a", {"b": b"\0\1"}])


def test_undefined_is_nothing() -> None:
    raw = packed(type=0, nsp="/", data=msgpack.ExtType(0, b"\0"))

    assert decode_msgpack(raw, max_depth=16) == Packet(CONNECT, "/", None, None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xc1",
        packed(type=2, nsp="/"),
        packed(nsp="/", data=["a"]),
        packed(type="2", nsp="/", data=["a"]),
        packed(type=2, nsp=7, data=["a"]),
        packed(type=2, nsp="nowhere", data=["a"]),
        packed(type=2, nsp="/", data=[1]),
        packed(type=2, nsp="/", id=-1, data=["a"]),
        packed(type=2, nsp="/", id=2**60, data=["a"]),
        packed(type=2, nsp="/", data=["a", nested(20)]),
        packed(type=2, nsp="/", data=["a", {1: 2}]),
        packed(type=2, nsp="/", data=["a", msgpack.ExtType(1, b"x")]),
        packed(type=4, nsp="/", data={}),
        b"\x91" * 60_000,
        packed(type=2, nsp="/", data=["a"]) + b"rest",
    ],
)
def test_what_is_no_msgpack_packet(raw: bytes) -> None:
    with pytest.raises(BadPacket):
        decode_msgpack(raw, max_depth=16)

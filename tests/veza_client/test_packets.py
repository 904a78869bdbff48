"""What the Python client writes and reads is what the hub reads and writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine import packets as hubs
from hub.engine.encoded import ack, event
from veza_client import packets
from veza_client.packets import Packet

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text("abc:_", min_size=1)


def as_the_hub_reads(text: str) -> hubs.Packet:
    assert text[0] == "4"
    return hubs.decode(text[1:].encode(), max_depth=32, max_attachments=8)


@given(
    NAMES, st.dictionaries(st.text("abc"), st.integers(0, 2**31), max_size=3), st.integers(0, 2**31)
)
def test_the_hub_reads_a_call(name: str, payload: dict[str, int], number: int) -> None:
    read = as_the_hub_reads(packets.event(name, payload, number))
    assert (read.kind, read.ack_id, read.data) == (hubs.EVENT, number, [name, payload])


def test_an_event_without_payload_or_number_has_neither() -> None:
    assert packets.event("ping", None) == '42["ping"]'
    assert packets.hello(None) == "40"
    assert as_the_hub_reads(packets.hello({"token": "x"})).data == {"token": "x"}


@given(NAMES, JSON, JSON)
def test_the_client_reads_what_the_hub_sends(name: str, payload: object, answer: object) -> None:
    told = packets.read(event(name, payload, offset="7").text.decode())
    assert (told.kind, told.data) == (packets.EVENT, [name, payload, "7"])
    said = packets.read(ack(12, (answer,)).text.decode())
    assert (said.kind, said.number, said.data) == (packets.ACK, 12, [answer])


def test_binary_parts_take_their_places() -> None:
    head = '452-["chunk",{"a":{"_placeholder":true,"num":1}},[{"_placeholder":true,"num":0}]]'
    packet = packets.read(head)
    assert packet.attachments == 2
    assert packets.filled(packet, [b"x", b"y"]) == Packet(
        packets.EVENT, None, ["chunk", {"a": b"y"}, [b"x"]]
    )


@pytest.mark.parametrize("text", ["", "2", "47", "hello"])
def test_what_is_no_packet_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no packet"):
        packets.read(text)

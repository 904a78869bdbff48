import msgpack
import orjson
import pytest
from engineio.payload import Payload

from hub import wire
from hub.engine import ack_from_json, encoded, event, event_from_json
from hub.engine.frames import BINARY, TEXT, frame
from hub.engine.packets import decode


def test_an_event_is_one_frame() -> None:
    sent = event("say", {"text": "é"}, 1)

    assert sent.text == '42["say",{"text":"é"},1]'.encode()
    assert sent.frame == frame(TEXT, sent.text)


@pytest.mark.parametrize("size", [0, 90, 110, 130, 65_500, 65_536, 70_000])
def test_the_frame_is_right_at_every_size(size: int) -> None:
    sent = event("a", "x" * size)

    assert sent.frame == frame(TEXT, sent.text)


def test_json_from_the_bus_is_wrapped_unread() -> None:
    assert event_from_json("a", b'{"b": 1}').text == b'42["a",{"b": 1}]'
    assert event_from_json("a", b"1", offset=b"k.7").text == b'42["a",1,"k.7"]'
    assert ack_from_json(12, b'{"ok":true}').text == b'4312[{"ok":true}]'


def test_the_offset_goes_last() -> None:
    assert event("a", 1, offset="o").text == b'42["a",1,"o"]'


def test_binary_goes_beside() -> None:
    sent = event("chunk", {"data": b"\0\1", "more": [b"\2"]}, namespace="/live")

    assert sent.text == (
        b'452-/live,["chunk",{"data":{"_placeholder":true,"num":0},'
        b'"more":[{"_placeholder":true,"num":1}]}]'
    )
    assert sent.frame == frame(TEXT, sent.text) + frame(BINARY, b"\0\1") + frame(BINARY, b"\2")
    packet = decode(sent.text[1:], max_depth=16, max_attachments=4)
    assert (packet.namespace, packet.attachments) == ("/live", 2)


def test_polling_gets_packets_of_the_library() -> None:
    payload = Payload(packets=list(event("a", b"\0").polled)).encode()

    assert payload == '451-["a",{"_placeholder":true,"num":0}]\x1ebAA=='


def test_a_packet_for_msgpack_holds_its_binary() -> None:
    (packet,) = event("a", {"b": b"\0"}, ack_id=4, namespace="/x").packed_polled

    assert msgpack.unpackb(packet.data) == {
        "type": 2,
        "nsp": "/x",
        "id": 4,
        "data": ["a", {"b": b"\0"}],
    }
    assert event("a").packed_frame[0] == 0x82


def test_a_disconnect_for_msgpack_has_no_data_at_all() -> None:
    """Its parser takes null for a malformed packet."""
    (packet,) = encoded.disconnected("/").packed_polled

    assert msgpack.unpackb(packet.data) == {"type": 1, "nsp": "/"}


def test_connect_and_its_refusal() -> None:
    assert encoded.connected("/", "s", None).text == b'40{"sid":"s"}'
    assert encoded.connected("/x", "s", "p").text == b'40/x,{"sid":"s","pid":"p"}'
    assert encoded.connect_error("/", "No.", {"code": 1}).text == (
        b'44{"message":"No.","data":{"code":1}}'
    )


def test_what_json_cannot_hold_is_a_mistake_of_ours() -> None:
    with pytest.raises(orjson.JSONEncodeError):
        event("a", object())


def test_what_is_soon_said_again_is_volatile_and_a_state_is_kept() -> None:
    drift = wire.volatile_frame("sync:stats", b"{}")
    typing = wire.ephemeral_frame("typing:updated", b"{}", key="room:1 typing:updated")

    assert (drift.volatile, drift.key) == (True, None)
    assert (typing.volatile, typing.ephemeral, typing.key) == (False, True, "room:1 typing:updated")

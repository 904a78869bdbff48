"""4-12, 23, 24: WebSocket messages that are no packets of ours."""

from tests.hub.engine.wire import masked
from tests.hub.hostile.conftest import Target
from tests.hub.hostile.inputs import BAD_PACKETS


async def test_malformed_packets_are_answered_and_the_connection_stays(target: Target) -> None:
    _, token = await target.someone()
    for name, packet in BAD_PACKETS.items():
        async with await target.connected(token) as wire:
            wire.text(packet)

            event, body = await wire.event()
            assert (event, body["code"], body["status"]) == ("error", "VALIDATION_ERROR", 400), name
            assert body["fields"][0]["code"] == "BAD_PACKET", name
            wire.emit("clock:ping", {"t0": 1.0}, ack_id=1)
            assert (await wire.ack(1))["ok"], name


async def test_binary_garbage_is_answered(target: Target) -> None:
    """5."""
    async with await target.connected() as wire:
        wire.binary(b"\x93garbage")

        assert (await wire.event())[0] == "error"
        await wire.still_there()


async def test_text_that_cannot_be_stored_gets_an_ack(target: Target) -> None:
    """11."""
    async with await target.connected() as wire:
        for number, text in enumerate((r"\ud800", r"a\u0000b", r"\udc00\ud800")):
            wire.text(f'42{number}["message:create",{{"content":"{text}"}}]')

            error = (await wire.ack(number))["error"]
            assert error["code"] == "VALIDATION_ERROR"
            assert error["fields"][0] | {"message": ""} == {
                "field": "content",
                "code": "BAD_TEXT",
                "message": "",
            }


async def test_bytes_that_are_no_utf_8_end_the_connection(target: Target) -> None:
    """RFC 6455, 8.1."""
    async with await target.connected() as wire:
        wire.raw(masked(1, b'42["x","\xff\xfe"]'))

        assert (await wire.closed()).code == 1007


async def test_acks_that_nobody_waits_for_are_ignored(target: Target) -> None:
    """24."""
    async with await target.connected() as wire:
        wire.text('4399["x"]')
        wire.text('4399["x"]')

        await wire.still_there()
        wire.emit("clock:ping", {"t0": 1.0}, ack_id=1)
        assert (await wire.ack(1))["ok"]

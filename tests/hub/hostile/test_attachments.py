"""14-17: binary events. (14's other forms end the connection: test_frames.py.)"""

import pytest

from tests.hub.hostile.conftest import Target

HEAD = '451-["x",{"_placeholder":true,"num":0}]'


@pytest.mark.parametrize("number", ["-1", '"a"', "5", "true", "0.0", "null"])
async def test_a_placeholder_without_its_part_is_refused(target: Target, number: str) -> None:
    """16."""
    async with await target.connected() as wire:
        wire.text(f'451-["x",{{"_placeholder":true,"num":{number}}}]')

        assert (await wire.event())[0] == "error"
        await wire.still_there()


async def test_a_text_where_a_part_is_due_drops_the_event_and_is_taken_itself(
    target: Target,
) -> None:
    """17."""
    async with await target.connected() as wire:
        wire.text(HEAD)
        wire.emit("clock:ping", {"t0": 1.0}, ack_id=1)

        assert (await wire.event())[0] == "error"
        assert (await wire.ack(1))["ok"]
        wire.binary(b"too late")
        assert (await wire.event())[0] == "error"


async def test_bytes_where_text_is_due_are_refused_with_the_field(target: Target) -> None:
    """The whole event arrives, and its schema says no."""
    async with await target.connected() as wire:
        wire.text('451-1["typing:start",{"room_id":{"_placeholder":true,"num":0}}]')
        wire.binary(b"\0" * 16)

        error = (await wire.ack(1))["error"]
        assert error["code"] == "VALIDATION_ERROR"
        assert error["fields"][0]["field"] == "room_id"

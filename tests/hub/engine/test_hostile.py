"""What a hostile socket gets for each of its inputs: the numbers are those of the threat list."""

import asyncio

import pytest

from hub.engine import Limits
from hub.engine.frames import TEXT
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.wire import masked, open_wire
from tests.hub.hostile.inputs import BAD_PACKETS, CUTS


@pytest.mark.parametrize("name", BAD_PACKETS)
async def test_malformed_packets_are_answered_and_the_connection_stays(hub: Hub, name: str) -> None:
    async with await hub.wire() as wire:
        wire.text(BAD_PACKETS[name])

        event, body = await wire.event()
        assert (event, body["code"], body["status"]) == ("error", "VALIDATION_ERROR", 400)
        assert body["fields"][0]["code"] == "BAD_PACKET"
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]
    assert [name for name, _, _ in hub.heard] == ["echo"]


async def test_binary_garbage_is_answered(hub: Hub) -> None:
    async with await hub.wire() as wire:
        wire.binary(b"\x93garbage")

        assert (await wire.event())[0] == "error"
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]


@pytest.mark.parametrize("name", CUTS)
async def test_attacks_end_the_connection_with_a_close_code(hub: Hub, name: str) -> None:
    attack, code = CUTS[name]
    async with await hub.wire() as wire:
        attack(wire)

        assert (await wire.closed()).code == code
    assert await hub.next_gone() in ("protocol_error", "too_big")
    assert hub.heard == []


async def test_text_that_cannot_be_stored_gets_an_ack(hub: Hub) -> None:
    """11."""
    async with await hub.wire() as wire:
        for number, text in enumerate((r"\ud800", r"a\u0000b", r"\udc00\ud800")):
            wire.text(f'42{number}["say",{{"content":"{text}"}}]')

            answer = await wire.ack(number)
            assert answer["ok"] is False
            assert answer["error"]["code"] == "VALIDATION_ERROR"
            assert answer["error"]["fields"][0]["field"] == "content"
            assert answer["error"]["fields"][0]["code"] == "BAD_TEXT"
    assert hub.heard == []


async def test_an_event_whose_parts_never_come_is_dropped(make_hub: MakeHub) -> None:
    """15."""
    hub = await make_hub(limits=Limits(attachments_within_s=0.2))
    async with await hub.wire() as wire:
        wire.text('451-["x",{"_placeholder":true,"num":0}]')

        assert (await wire.event())[0] == "error"
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]


@pytest.mark.parametrize("number", ["-1", '"a"', "5", "true", "0.0", "null"])
async def test_a_placeholder_without_its_part_is_refused(hub: Hub, number: str) -> None:
    """16."""
    async with await hub.wire() as wire:
        wire.text(f'451-["x",{{"_placeholder":true,"num":{number}}}]')
        assert (await wire.event())[0] == "error"

        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]


async def test_a_text_where_a_part_is_due_drops_the_event_and_is_taken_itself(hub: Hub) -> None:
    """17."""
    async with await hub.wire() as wire:
        wire.text('451-["x",{"_placeholder":true,"num":0}]')
        wire.emit("echo", 1)

        assert (await wire.event())[0] == "error"
        assert await wire.event() == ["echo", 1]
        wire.binary(b"too late")
        assert (await wire.event())[0] == "error"
    assert [name for name, _, _ in hub.heard] == ["echo"]


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "disconnecting"])
async def test_reserved_names_never_reach_a_handler(hub: Hub, name: str) -> None:
    """18 and 19."""
    async with await hub.wire() as wire:
        wire.emit(name, {"REMOTE_ADDR": "6.6.6.6"}, {"token": "x"}, ack_id=7)
        answer = await wire.ack(7)
        assert answer["error"]["fields"][0]["code"] == "UNKNOWN_EVENT"

        wire.emit(name, "x")
        assert (await wire.event())[1]["fields"][0]["code"] == "UNKNOWN_EVENT"
    assert hub.heard == []


@pytest.mark.parametrize("name", ["broken", "broken later"])
async def test_a_handler_that_fails_is_an_internal_error_with_an_id(hub: Hub, name: str) -> None:
    """22."""
    async with await hub.wire() as wire:
        wire.emit(name, ack_id=1)

        error = (await wire.ack(1))["error"]
        assert (error["code"], error["status"]) == ("INTERNAL", 500)
        assert len(error["request_id"]) == 36
        assert "on purpose" not in str(error)
        await wire.still_there()


async def test_acks_that_nobody_waits_for_are_ignored(hub: Hub) -> None:
    """24."""
    async with await hub.wire() as wire:
        wire.text('4399["x"]')
        wire.text('4399["x"]')

        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]


async def test_connecting_again_and_again_is_limited(hub: Hub) -> None:
    """25."""
    async with await hub.wire() as wire:
        for _ in range(5):
            wire.text("41")
            wire.text("40")

        assert (await wire.closed()).code == 4008
    assert len(hub.links) == 5


async def test_a_second_connect_is_refused(hub: Hub) -> None:
    """26."""
    async with await hub.wire() as wire:
        wire.text("40")

        assert await wire.message() == '44{"message":"Already connected"}'
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]


async def test_an_unknown_namespace_is_refused_with_a_message(hub: Hub) -> None:
    """27."""
    async with await hub.wire() as wire:
        wire.text("40/admin,")

        assert await wire.message() == '44/admin,{"message":"Invalid namespace"}'


async def test_an_event_before_connect_ends_the_session(hub: Hub) -> None:
    """28."""
    async with await open_wire(hub.port) as wire:
        wire.emit("x")

        assert (await wire.closed()).code == 1008
    assert hub.heard == []


async def test_a_session_without_connect_ends(make_hub: MakeHub) -> None:
    """29."""
    hub = await make_hub(limits=Limits(connect_within_s=0.1))
    async with await open_wire(hub.port) as wire:
        assert (await wire.closed()).code == 4009
    assert hub.engine.sessions == {}


async def test_a_refused_client_has_to_try_again_or_go(make_hub: MakeHub) -> None:
    hub = await make_hub(limits=Limits(connect_within_s=0.3))
    async with await open_wire(hub.port) as wire:
        wire.text('40{"refuse":true}')
        assert await wire.message() == (
            '44{"message":"Not you.","data":{"message":"Not you.","code":"FORBIDDEN"}}'
        )

        assert (await wire.closed()).code == 4009
    assert hub.gone.empty()


async def test_a_flood_of_events_ends_the_session(make_hub: MakeHub) -> None:
    """35."""
    hub = await make_hub(limits=Limits(events_per_s=50, events_burst=100))
    async with await hub.wire() as wire:
        wire.raw(masked(TEXT, b'42["echo",1]') * 3_000)

        assert (await wire.closed()).code == 4008
    assert 100 <= len(hub.heard) <= 150


async def test_others_notice_nothing(hub: Hub) -> None:
    async with await hub.wire() as canary:
        attackers = [await hub.wire() for _ in range(len(CUTS))]
        for attacker, (attack, _) in zip(attackers, CUTS.values(), strict=True):
            attack(attacker)
        await asyncio.gather(*(attacker.closed() for attacker in attackers))

        canary.emit("echo", "fine")
        assert await canary.event() == ["echo", "fine"]
        for attacker in attackers:
            attacker.writer.close()

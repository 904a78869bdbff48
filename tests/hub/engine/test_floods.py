"""What costs a client nothing to send and asks for nothing, sent without end."""

import asyncio

import pytest

from hub.engine import Handlers, Limits, Link
from hub.engine.frames import PING, PONG
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.wire import masked, open_wire, upgrade


@pytest.mark.parametrize("opcode", [PING, PONG])
async def test_control_frames_have_a_budget(make_hub: MakeHub, opcode: int) -> None:
    limits = Limits(control_frames_per_s=0.001, control_frames_burst=5)
    hub = await make_hub(limits=limits)
    async with await hub.wire() as wire:
        wire.raw(masked(opcode, b"x") * 5)
        wire.emit("hello")
        while (found := await wire.frame())[0] == PONG:
            assert found[1] == b"x"
        assert b'"echo"' in found[1]
        wire.raw(masked(opcode, b"x"))
        end = await wire.closed()
    assert (end.code, end.reason) == (1008, "too many control frames")
    assert await hub.next_gone() == "protocol_error"


async def test_the_budget_is_earned_back(make_hub: MakeHub) -> None:
    hub = await make_hub(limits=Limits(control_frames_per_s=50.0, control_frames_burst=2))
    async with await hub.wire() as wire:
        for _ in range(10):
            await wire.still_there()
            await asyncio.sleep(0.05)  # pace: two and a half of them


@pytest.mark.parametrize("query", ["", "&sid="])
async def test_a_flood_of_pings_ends_before_and_during_an_upgrade(hub: Hub, query: str) -> None:
    """By the product's own limits: some tens at once, as the Autobahn suite sends, are answered."""
    if query:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        path = "/socket.io/?EIO=4&transport=polling"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        sid = (await reader.read()).partition(b'"sid":"')[2].partition(b'"')[0].decode()
        writer.close()
        wire = await upgrade(hub.port, f"/socket.io/?EIO=4&transport=websocket{query}{sid}")
    else:
        wire = await open_wire(hub.port)
    async with wire:
        wire.raw(masked(PING, b"") * 20)
        await wire.still_there()
        wire.raw(masked(PING, b"") * 2_000)
        while (found := await wire.frame())[0] == PONG:
            pass
        assert found[1][:2] == (1008).to_bytes(2, "big")


async def test_acks_of_what_was_never_asked_are_counted_and_cost_what_events_do(
    make_hub: MakeHub,
) -> None:
    """A hub that asks its clients nothing gets no answers."""
    hub = await make_hub(limits=Limits(events_per_s=0.001, events_burst=20))
    async with await hub.wire() as wire:
        for number in range(19):
            wire.text(f'43{number}["x"]')
        wire.emit("hello")
        assert (await wire.event())[0] == "echo"
        assert hub.engine.counts.stray_packets == 19
        wire.text('4319["x"]')
        assert (await wire.closed()).code == 4008


async def test_acks_that_somebody_takes_cost_what_events_do(make_hub: MakeHub) -> None:
    taken: list[int] = []
    idle = Hub()

    def take(_link: Link, ack_id: int, _args: list[object]) -> None:
        taken.append(ack_id)

    handlers = Handlers(idle.on_connect, idle.on_event, idle.on_disconnect, take)
    hub = await make_hub(
        namespaces={"/": handlers}, limits=Limits(events_per_s=0.001, events_burst=20)
    )
    idle.engine = hub.engine
    async with await hub.wire() as wire:
        for number in range(25):
            wire.text(f'43{number}["x"]')
        assert (await wire.closed()).code == 4008
    assert taken == list(range(20))

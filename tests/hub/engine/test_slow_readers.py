"""Clients that read slowly or not at all: bounds, waiting, and what is dropped for them."""

import asyncio

from aiohttp import ClientSession

from hub.engine import EncodedEvent, Limits, Link, event
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.poller import Poller
from tests.hub.engine.wire import until


async def test_a_client_that_never_reads_is_cut_at_the_bound(make_hub: MakeHub) -> None:
    hub = await make_hub(limits=Limits(unsent_bytes=200_000))
    reading, stalled = await hub.wire(), await hub.wire()
    stalled.writer.transport.pause_reading()  # type: ignore[attr-defined]
    big = event("big", "x" * 50_000)
    peak = 0

    async with asyncio.timeout(20):
        while hub.gone.empty():
            hub.engine.broadcast("all", big)
            await reading.event()
            sessions = hub.engine.sessions.values()
            peak = max(peak, *(s.websocket.unsent_bytes for s in sessions if s.websocket))

    assert await hub.next_gone() == "slow_consumer"
    assert hub.engine.counts.slow_consumers == 1
    assert peak <= 250_000
    assert len(hub.engine.sessions) == 1
    reading.writer.close()
    stalled.writer.close()


async def test_a_polling_client_that_never_polls_is_cut_at_the_bound(
    make_hub: MakeHub, http: ClientSession
) -> None:
    hub = await make_hub(limits=Limits(unsent_bytes=200_000))
    poller = Poller(http, hub)
    await poller.connect()

    for _ in range(5):
        hub.engine.broadcast("all", event("big", "x" * 50_000))

    assert await hub.next_gone() == "slow_consumer"
    assert await poller.poll() == ["1"]  # what it has not fetched is dropped


async def send_much(link: Link, pieces: int) -> int:
    """Sends far more than the bound, asking before each piece; how many were sent."""
    for number in range(pieces):
        if not await link.drained():
            return number
        link.send(event("big", "x" * 50_000))
    return pieces


async def test_who_asks_before_each_piece_is_never_cut_and_waits_for_the_reader(
    make_hub: MakeHub,
) -> None:
    hub = await make_hub(limits=Limits(unsent_bytes=200_000))
    async with await hub.wire() as wire:
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        sending = asyncio.create_task(send_much(hub.links[0], 60))
        (session,) = hub.engine.sessions.values()
        await until(lambda: session.fast_writer is None)
        assert session.unsent_bytes < 120_000
        wire.writer.transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(60):
            await wire.event()
        assert await sending == 60


async def test_who_waits_for_a_reader_is_told_that_he_has_gone(make_hub: MakeHub) -> None:
    hub = await make_hub()
    wire = await hub.wire()
    wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
    sending = asyncio.create_task(send_much(hub.links[0], 1_000))
    (session,) = hub.engine.sessions.values()
    await until(lambda: session.fast_writer is None)
    hub.links[0].close("slow_consumer")
    async with asyncio.timeout(5):
        assert await sending < 1_000
    wire.writer.close()


async def test_a_polling_client_is_waited_for_as_well(
    make_hub: MakeHub, http: ClientSession
) -> None:
    hub = await make_hub(limits=Limits(unsent_bytes=200_000))
    poller = Poller(http, hub)
    await poller.connect()
    sending = asyncio.create_task(send_much(hub.links[0], 20))
    heard = 0
    async with asyncio.timeout(5):
        while heard < 20:
            heard += sum(packet.startswith('42["big"') for packet in await poller.poll())
    assert await sending == 20


def typing(number: int) -> EncodedEvent:
    return event("typing", number, ephemeral=True, key="typing")


async def test_a_congested_client_gets_the_last_of_each_ephemeral_event(
    make_hub: MakeHub,
) -> None:
    hub = await make_hub(limits=Limits(unsent_bytes=10_000_000))
    async with await hub.wire() as wire:
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        (session,) = hub.engine.sessions.values()
        while session.unsent_bytes <= session.limits.congested_bytes:
            hub.engine.broadcast("all", event("big", "x" * 50_000))
            await asyncio.sleep(0)
        for number in range(100):
            hub.engine.broadcast("all", typing(number))
        hub.engine.broadcast("all", event("blip", ephemeral=True))
        hub.engine.broadcast("all", event("durable"))
        await asyncio.sleep(0)
        wire.writer.transport.resume_reading()  # type: ignore[attr-defined]

        names = []
        while (got := await wire.event()) != ["typing", 99]:
            names.append(got[0])
        assert set(names) == {"big", "durable"}
        assert hub.engine.counts.ephemeral_dropped == 1
        hub.engine.broadcast("all", typing(100))
        assert await wire.event() == ["typing", 100]


async def test_a_volatile_event_is_dropped_for_whoever_cannot_be_written_to(
    make_hub: MakeHub,
) -> None:
    hub = await make_hub(limits=Limits(unsent_bytes=10_000_000, congested_bytes=5_000_000))
    async with await hub.wire() as slow, await hub.wire() as quick:
        slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
        link = hub.links[0]
        while not link.is_behind:
            link.send(event("big", "x" * 50_000))
            await asyncio.sleep(0)
        unsent_bytes = hub.engine.sessions[slow.sid].unsent_bytes
        for number in range(200):
            hub.engine.broadcast("all", event("drift", number, volatile=True))
            link.send(event("drift", "told", volatile=True))
            await asyncio.sleep(0)
        assert hub.engine.sessions[slow.sid].unsent_bytes <= unsent_bytes
        hub.engine.broadcast("all", event("durable"))

        assert [await quick.event() for _ in range(201)] == [
            *(["drift", number] for number in range(200)),
            ["durable"],
        ]
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        names = []
        while (got := await slow.event()) != ["durable"]:
            names.append(got[0])
        assert set(names) == {"big"}
        await until(lambda: not link.is_behind)
        hub.engine.broadcast("all", event("drift", 200, volatile=True))
        assert await slow.event() == ["drift", 200]


async def test_a_polling_client_gets_volatile_events_when_it_has_fetched_the_rest(
    hub: Hub, http: ClientSession
) -> None:
    poller = Poller(http, hub)
    await poller.connect()
    hub.engine.broadcast("all", event("durable", 1))
    await asyncio.sleep(0)
    hub.engine.broadcast("all", event("drift", 1, volatile=True))
    await asyncio.sleep(0)

    assert await poller.poll() == ['42["durable",1]']
    hub.engine.broadcast("all", event("drift", 2, volatile=True))
    assert await poller.poll() == ['42["drift",2]']
    assert hub.engine.counts.ephemeral_dropped == 1

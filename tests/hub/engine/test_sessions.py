"""Sessions over both transports: heartbeat, long-polling, the change to WebSocket, the end."""

import asyncio
import base64
import ipaddress
import time

import pytest
from aiohttp import ClientSession

from hub.engine import Accept, EncodedEvent, Handlers, Limits, Link, event
from hub.engine.frames import PING, PONG
from tests.hub.engine.conftest import Hub, MakeHub, running_hub
from tests.hub.engine.poller import Poller
from tests.hub.engine.wire import Wire, masked, open_wire, until, upgrade


@pytest.fixture
def poller(http: ClientSession, hub: Hub) -> Poller:
    return Poller(http, hub)


async def test_pings_are_sent_and_silence_ends_the_session(make_hub: MakeHub) -> None:
    hub = await make_hub(ping_interval_s=0.1, ping_timeout_s=0.1)
    async with await hub.wire() as wire:
        for _ in range(3):
            assert await wire.message() == "2"
            wire.text("3")
        assert await wire.message() == "2"

        assert (await wire.closed()).code == 1001
    assert await hub.next_gone() == "ping timeout"


async def test_websocket_pings_are_answered(hub: Hub) -> None:
    async with await hub.wire() as wire:
        wire.raw(masked(PING, b"are you there"))

        assert await wire.frame() == (PONG, b"are you there")


async def test_an_open_packet_says_how_the_session_works(poller: Poller) -> None:
    opened = await poller.open()

    assert opened["upgrades"] == ["websocket"]
    assert (opened["pingInterval"], opened["pingTimeout"]) == (25_000, 20_000)
    assert opened["maxPayload"] == 65_536


async def test_an_interval_under_a_second_is_told_as_it_is(
    make_hub: MakeHub, http: ClientSession
) -> None:
    poller = Poller(http, await make_hub(ping_interval_s=0.3, ping_timeout_s=0.2))

    opened = await poller.open()

    assert (opened["pingInterval"], opened["pingTimeout"]) == (300, 200)


async def test_polling_carries_events_both_ways(hub: Hub, poller: Poller) -> None:
    await poller.connect()

    assert await poller.push('421["echo"]', '42["echo",2]') == "ok"

    assert await poller.poll() == ['431[{"ok":true}]', '42["echo",2]']


async def test_binary_travels_as_base64(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    part = "b" + base64.b64encode(b"\0\1\2").decode()

    await poller.push('451-["echo",{"_placeholder":true,"num":0}]', part)

    assert await poller.poll() == ['451-["echo",{"_placeholder":true,"num":0}]', part]
    assert hub.heard == [("echo", [b"\0\1\2"], None)]


async def test_a_post_in_many_tcp_segments_arrives_whole(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    text = "x" * 60_000
    body = f'42["echo","{text}"]'.encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    query = "&".join(f"{key}={value}" for key, value in poller.params.items())
    writer.write(
        f"POST /socket.io/?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
    )
    for start in range(0, len(body), 10_000):
        writer.write(body[start : start + 10_000])
        await writer.drain()
        await asyncio.sleep(0.01)  # pace: of a slow line

    assert (await reader.read()).endswith(b"ok")
    assert hub.heard == [("echo", [text], None)]
    writer.close()


async def test_a_busy_client_may_post_many_packets_at_once(hub: Hub, poller: Poller) -> None:
    await poller.connect()

    assert await poller.push(*(f'42["echo",{n}]' for n in range(500))) == "ok"

    assert await poller.poll() == [f'42["echo",{n}]' for n in range(500)]


async def test_two_polls_at_once_end_the_session(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    first = asyncio.create_task(poller.poll())
    await until(lambda: hub.engine.sessions[poller.params["sid"]].poll_waiting)

    assert await poller.status() == 400

    assert await first == ["41"]
    assert await poller.poll() == ["1"]
    assert await poller.status() == 400


async def test_a_poll_waits_for_what_comes(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    waiting = asyncio.create_task(poller.poll())
    await until(lambda: hub.engine.sessions[poller.params["sid"]].poll_waiting)

    hub.engine.broadcast("all", event("news", 1))
    hub.engine.broadcast("all", event("news", 2))

    assert await waiting == ['42["news",1]', '42["news",2]']


async def test_a_poll_too_late_finds_the_session_gone(
    make_hub: MakeHub, http: ClientSession
) -> None:
    hub = await make_hub(ping_interval_s=0.1, ping_timeout_s=0.1)
    poller = Poller(http, hub)
    await poller.connect()

    assert await hub.next_gone() == "ping timeout"
    assert await poller.status() == 400


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("GET", {"EIO": "3"}, 400),
        ("GET", {"transport": "pigeon"}, 400),
        ("GET", {"transport": ""}, 400),
        ("GET", {"transport": "websocket"}, 400),
        ("GET", {"j": "0"}, 400),
        ("GET", {"sid": "nobody"}, 400),
        ("POST", {}, 400),
        ("PUT", {}, 400),
        ("DELETE", {"sid": "nobody"}, 400),
    ],
)
async def test_requests_that_open_nothing_are_refused(
    poller: Poller, method: str, params: dict[str, str], expected: int
) -> None:
    assert await poller.status(method, **params) == expected


async def test_a_post_too_big_is_refused(poller: Poller) -> None:
    await poller.connect()
    url, params = poller.hub.url, poller.params

    async with poller.http.post(url, params=params, data=b"4" * 200_000) as answer:
        assert answer.status == 413


async def test_a_post_that_dribbles_is_refused(make_hub: MakeHub, http: ClientSession) -> None:
    hub = await make_hub(limits=Limits(post_within_s=0.1))
    poller = Poller(http, hub)
    await poller.connect()
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    query = "&".join(f"{key}={value}" for key, value in poller.params.items())
    writer.write(
        f"POST /socket.io/?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n4".encode()
    )

    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_browsers_of_listed_origins_may_poll(poller: Poller) -> None:
    origin = {"Origin": "http://good.example"}
    async with poller.http.options(poller.hub.url, headers=origin) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "http://good.example"
    async with poller.http.get(poller.hub.url, params=poller.params, headers=origin) as answer:
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    evil = {"Origin": "http://evil.example"}
    async with poller.http.get(poller.hub.url, params=poller.params, headers=evil) as answer:
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_client_says_goodbye_while_it_polls(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    waiting = asyncio.create_task(poller.poll())
    await until(lambda: hub.engine.sessions[poller.params["sid"]].poll_waiting)

    assert await poller.push("1") == "ok"

    assert await waiting == ["6"]
    assert await hub.next_gone() == "client close"
    assert await poller.status() == 400


async def test_what_may_not_come_back_is_told_so_at_its_next_poll(hub: Hub, poller: Poller) -> None:
    await poller.connect()

    hub.links[0].close("banned")

    assert await poller.poll() == ["41"]
    assert await poller.poll() == ["1"]
    assert await poller.status() == 400
    assert await hub.next_gone() == "banned"


async def test_a_session_that_ends_while_it_upgrades_says_so_by_polling(
    hub: Hub, poller: Poller
) -> None:
    await poller.connect()
    async with await probe(hub, poller) as wire:
        hub.links[0].close("draining")

        assert await poller.poll() == ["1"]
        wire.text("5")
        assert (await wire.closed()).code == 1002


async def test_a_session_that_ends_when_polling_has_stopped_says_so_by_websocket(
    hub: Hub, poller: Poller
) -> None:
    await poller.connect()
    async with await probe(hub, poller) as wire:
        hub.links[0].close("banned")
        wire.text("5")

        assert await wire.message() == "41"
        closed = await wire.closed()
        assert (closed.code, closed.reason) == (4003, "banned")
    assert await poller.status() == 400


async def probe(hub: Hub, poller: Poller) -> Wire:
    sid = poller.params["sid"]
    wire = await upgrade(hub.port, f"/socket.io/?EIO=4&transport=websocket&sid={sid}")
    wire.text("2probe")
    assert await wire.message() == "3probe"
    return wire


async def test_an_upgrade_loses_and_reorders_nothing(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    waiting = asyncio.create_task(poller.poll())
    await until(lambda: hub.engine.sessions[poller.params["sid"]].poll_waiting)
    got: list[str] = []

    async with await probe(hub, poller) as wire:
        for number in range(5):
            hub.engine.broadcast("all", event("news", number))
        got += await waiting
        hub.engine.broadcast("all", event("news", 5))
        await asyncio.sleep(0)
        assert await poller.poll() == ["6"]
        wire.text("5")
        hub.engine.broadcast("all", event("news", 6))
        wire.text('42["publish","all",7]')
        while not got[-1].endswith(",7]"):
            got.append(str(await wire.message()))

        assert await poller.status() == 400
    numbers = [int(packet[-2]) for packet in got if packet != "6"]
    assert numbers == [0, 1, 2, 3, 4, 5, 6, 7]


async def test_a_failed_upgrade_leaves_polling_as_it_was(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    async with await probe(hub, poller) as wire:
        hub.engine.broadcast("all", event("news", 1))
        wire.text("4nonsense")
        assert (await wire.closed()).code == 1002

    assert await poller.poll() == ['42["news",1]']


async def test_an_upgrade_that_never_ends_is_given_up(
    make_hub: MakeHub, http: ClientSession
) -> None:
    hub = await make_hub(limits=Limits(upgrade_within_s=0.1))
    poller = Poller(http, hub)
    await poller.connect()
    async with await probe(hub, poller) as wire:
        assert (await wire.closed()).code == 1002

    hub.engine.broadcast("all", event("news", 1))
    assert await poller.poll() == ['42["news",1]']


async def test_a_session_has_one_websocket(hub: Hub, poller: Poller) -> None:
    await poller.connect()
    async with await probe(hub, poller) as wire:
        wire.text("5")
        target = f"/socket.io/?EIO=4&transport=websocket&sid={poller.params['sid']}"
        second = await upgrade(hub.port, target)

        assert (await second.closed()).code == 1008
        second.writer.close()
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]


async def test_a_drop_is_noticed_at_once(hub: Hub) -> None:
    wire = await hub.wire()
    wire.writer.transport.abort()

    assert await hub.next_gone() == "transport close"
    assert hub.engine.sessions == {}
    assert hub.engine.delivery.members("all") == []


async def test_closing_says_why(hub: Hub) -> None:
    async with await hub.wire() as wire:
        hub.links[0].send(event("last", "words"))
        hub.links[0].close("token_revoked")

        assert await wire.event() == ["last", "words"]
        assert await wire.message() == "41"
        closed = await wire.closed()
        assert (closed.code, closed.reason) == (4001, "token_revoked")
    assert await hub.next_gone() == "token_revoked"


async def test_an_engine_that_ends_waits_for_its_handlers() -> None:
    told: list[str] = []

    async def on_disconnect(link: Link, reason: str) -> None:
        await asyncio.sleep(0)
        told.append(reason)

    handlers = Handlers(lambda *_: Accept(), lambda *_: None, on_disconnect)
    async with running_hub(namespaces={"/": handlers}) as hub:
        wires = [await hub.wire() for _ in range(3)]

    assert told == ["draining"] * 3
    for wire in wires:
        wire.writer.close()


async def test_draining_lets_clients_come_back(hub: Hub) -> None:
    wires = [await hub.wire() for _ in range(20)]
    started_s = time.monotonic()

    await hub.engine.close_all("draining", over_s=0.2)

    assert time.monotonic() - started_s > 0.1
    for wire in wires:
        closed = await wire.closed()
        assert (closed.code, closed.reason) == (1012, "draining")
        wire.writer.close()


async def test_a_link_in_a_namespace_of_its_own_leaves_alone(hub: Hub) -> None:
    async with await hub.wire() as wire:
        await wire.connect(namespace="/other,")
        hub.links[1].leave()

        assert await wire.message() == "41/other,"
        assert await hub.next_gone() == "server disconnect"
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]


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


async def test_a_session_belongs_to_the_address_that_opened_it(
    make_hub: MakeHub, http: ClientSession
) -> None:
    hub = await make_hub(trusted_proxies=[ipaddress.ip_network("127.0.0.0/8")])
    poller = Poller(http, hub)
    http.headers["X-Forwarded-For"] = "198.51.100.7"
    await poller.connect()
    assert hub.links[0].address == "198.51.100.7"

    http.headers["X-Forwarded-For"] = "203.0.113.9"
    assert await poller.status() == 400


async def test_idle_sessions_have_no_task(hub: Hub) -> None:
    before = len(asyncio.all_tasks())
    wires = [await open_wire(hub.port) for _ in range(20)]
    for wire in wires:
        await wire.connect()

    assert len(asyncio.all_tasks()) == before
    for wire in wires:
        wire.writer.close()

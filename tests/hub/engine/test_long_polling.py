"""Sessions by long-polling: what a poll and a POST carry, and what is refused."""

import asyncio
import base64

import pytest
from aiohttp import ClientSession

from hub.engine import Limits, event
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.poller import Poller
from tests.hub.engine.wire import until


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

"""Who gets past the port's door, and how the rest is told."""

import asyncio
import contextlib

import pytest
from aiohttp import ClientSession

from hub.engine import Limits
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.wire import Wire, masked, open_wire, upgrade_request

WS = "/socket.io/?EIO=4&transport=websocket"


async def exchange(port: int, *sent: bytes) -> bytes:
    """All that the server answers until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in sent:
        writer.write(piece)
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


async def status(port: int, request: bytes) -> int:
    return int((await exchange(port, request)).split(b" ")[1])


async def test_plain_http_goes_to_aiohttp(hub: Hub, http: ClientSession) -> None:
    async with http.post(f"http://127.0.0.1:{hub.port}/hello", data="Ada") as answer:
        assert await answer.text() == "hello Ada"


async def test_a_head_in_pieces_is_read_to_its_end(hub: Hub) -> None:
    answer = await exchange(
        hub.port, b"GET /he", b"llo HTTP/1.1\r\nHost: x\r\nConnection: cl", b"ose\r\n\r\n"
    )

    assert answer.endswith(b"hello ")


async def test_frames_may_follow_the_upgrade_at_once(hub: Hub) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(upgrade_request(WS) + masked(1, b"40"))

    async with asyncio.timeout(5):
        answer = await reader.readuntil(b'40{"sid"')

    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert b"Extensions" not in answer
    writer.close()


@pytest.mark.parametrize("sent", [b"", b"GET /hel", b"GET /socket.io/ HTTP/1.1\r\nHost: x\r\n"])
async def test_without_a_whole_head_the_connection_ends(make_hub: MakeHub, sent: bytes) -> None:
    hub = await make_hub(limits=Limits(head_within_s=0.1))
    started_s = asyncio.get_running_loop().time()

    with contextlib.suppress(ConnectionResetError):
        assert await exchange(hub.port, sent) == b""

    assert asyncio.get_running_loop().time() - started_s < 2


@pytest.mark.parametrize("rest", [b"", b"\r\n\r\n"])
@pytest.mark.parametrize("path", [b"/", WS.encode()])
async def test_a_head_too_large_is_turned_away(hub: Hub, path: bytes, rest: bytes) -> None:
    """Also one that has ended already when it is first looked at."""
    head = b"GET " + path + b" HTTP/1.1\r\nX: " + b"x" * 20_000
    assert await status(hub.port, head + rest) == 431


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://good.example.evil.example"}, 403),
        ({"Origin": "http://sub.good.example"}, 403),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": ""}, 426),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Key": ""}, 400),
        ({"Connection": "close"}, 400),
        ({"Host": ""}, 400),
        ({"Host": "127.0.0.1\r\nHost: evil.example"}, 400),
        ({"X": "a\0b"}, 400),
        ({"X": "a\x7fb"}, 400),
        ({"X": "a\nb: c"}, 400),
        ({"Transfer-Encoding": "chunked"}, 400),
        ({"Content-Length": "5"}, 400),
    ],
)
async def test_unsound_upgrades_are_refused(
    hub: Hub, headers: dict[str, str], expected: int
) -> None:
    assert await status(hub.port, upgrade_request(WS, **headers)) == expected


@pytest.mark.parametrize(
    "target",
    [
        "/socket.io/?EIO=3&transport=websocket",
        "/socket.io/?transport=websocket",
        "/socket.io/?EIO=4&transport=carrier-pigeon",
        "/socket.io/?EIO=4",
        "/socket.io/?EIO=4&transport=websocket&sid=nobody",
        "/socket.io/?EIO=4&transport=websocket&j=0",
        "/socket.io/?EIO=4&transport=polling",
    ],
)
async def test_upgrades_to_nowhere_are_refused(hub: Hub, target: str) -> None:
    assert await status(hub.port, upgrade_request(target)) == 400


@pytest.mark.parametrize("origin", ["http://good.example", "HTTP://GOOD.EXAMPLE"])
async def test_listed_origins_may_come_in(hub: Hub, origin: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(upgrade_request(WS, Origin=origin))

    assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
    writer.close()


async def test_a_page_of_the_same_host_may_come_in_where_that_is_wanted(make_hub: MakeHub) -> None:
    hub = await make_hub(same_host=True)
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(upgrade_request(WS, Origin="https://127.0.0.1"))

    assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
    writer.close()


@pytest.mark.parametrize("origin", ["ftp://127.0.0.1", "file://127.0.0.1", "127.0.0.1", "://"])
async def test_the_same_host_is_that_of_a_web_page(make_hub: MakeHub, origin: str) -> None:
    hub = await make_hub(same_host=True)

    assert await status(hub.port, upgrade_request(WS, Origin=origin)) == 403


async def test_no_origins_at_all_is_a_mistake(make_hub: MakeHub) -> None:
    with pytest.raises(ValueError, match="origins"):
        await make_hub(origins=[])


async def test_compression_is_not_negotiated(hub: Hub) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(upgrade_request(WS, Sec_WebSocket_Extensions="permessage-deflate"))

    async with asyncio.timeout(5):
        assert b"deflate" not in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_the_oldest_of_too_many_sessions_goes(make_hub: MakeHub) -> None:
    hub = await make_hub(limits=Limits(sessions_per_address=3))
    wires = [await open_wire(hub.port) for _ in range(4)]

    assert (await wires[0].closed()).code == 4008
    for wire in wires[1:]:
        await wire.still_there()
        wire.writer.close()


async def test_a_connection_that_carried_requests_becomes_a_websocket(hub: Hub) -> None:
    """As a proxy does that keeps its connections to us."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    for _ in range(2):
        writer.write(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(size)

    writer.write(upgrade_request("/socket.io/?EIO=4&transport=websocket"))

    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    async with Wire(reader, writer) as wire:
        message = await wire.message()
        assert isinstance(message, str)
        assert message.startswith("0{")
        await wire.connect()
        wire.emit("echo", 1)
        assert await wire.event() == ["echo", 1]
        writer.write_eof()
        assert await hub.next_gone() == "transport close"

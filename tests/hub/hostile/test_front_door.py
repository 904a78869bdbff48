"""64-70: HTTP that is hostile before any handler sees it, against a real `veza serve`."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests.hub.engine.wire import upgrade_request
from tests.serving import Served, serving

pytestmark = pytest.mark.timeout(90)

LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def node(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(database_url, redis_url, tmp_path) as served:
        yield served
        assert '"ERROR"' not in served.said()
        assert " ERROR " not in served.said()
        assert "Traceback" not in served.said()


class Answer(Struct, frozen=True):
    """What came back over a raw connection."""

    status: int
    """Of the first response; 0 without any."""
    responses: int
    closed: bool
    after_s: float
    """Until the first byte."""


async def ask(node: Served, *pieces: bytes, patience_s: float = 4.0) -> Answer:
    """Sends bytes and reads until the node closes, or for so long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    began_s = time.monotonic()
    after_s = 0.0
    found = b""
    closed = False
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(patience_s):
            while data := await reader.read(65_536):
                after_s = after_s or time.monotonic() - began_s
                found += data
            closed = True
    except ConnectionError:
        closed = True
    except TimeoutError:
        pass
    writer.close()
    status = int(found[9:12]) if found.startswith(b"HTTP/1.") else 0
    return Answer(status, found.count(b"HTTP/1."), closed, after_s)


MALFORMED = {
    "Content-Length and Transfer-Encoding": LOGIN
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "two Content-Lengths": LOGIN + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "Content-Length with a sign": LOGIN + b"Content-Length: +2\r\n\r\n{}",
    "Content-Length of another script": LOGIN + "Content-Length: ٢\r\n\r\n{}".encode(),
    "Transfer-Encoding: xchunked": LOGIN + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked, but not last": LOGIN + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a chunk of -1": LOGIN + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: \0\r\n\r\n",
    "a header without a name": b"GET /healthz HTTP/1.1\r\nHost: x\r\n: v\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n",
    "a space before the colon": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


async def test_ambiguous_requests_are_400_and_end_the_connection(node: Served) -> None:
    """65: nothing behind them is taken for a second request."""
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    found = {name: await ask(node, body + smuggled) for name, body in MALFORMED.items()}
    assert {name: answer.status for name, answer in found.items()} == dict.fromkeys(MALFORMED, 400)
    assert [name for name, answer in found.items() if answer.responses != 1] == []
    assert [name for name, answer in found.items() if not answer.closed] == []


async def test_heads_without_end_are_refused(node: Served) -> None:
    """65: many headers, long ones, a long address."""
    many = b"".join(b"X-%d: y\r\n" % n for n in range(100_000))
    for head in (
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        answer = await ask(node, head)
        assert (answer.status in (0, 400, 431), answer.closed) == (True, True), head[:40]


async def test_a_body_that_is_announced_too_large_is_413_at_once(node: Served) -> None:
    """64: whether the address would read it or not, and the connection ends."""
    for head in (LOGIN, b"POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\n"):
        answer = await ask(node, head + b"Content-Length: 100000000\r\n\r\n" + b"x" * 1_000)
        assert answer.after_s < 1
        assert answer.status in (400, 413), head
        assert answer.closed, head
    answer = await ask(
        node, b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nx"
    )
    assert answer.after_s < 1
    assert answer.responses == 1


async def test_a_chunked_body_that_grows_too_large_is_413(node: Served) -> None:
    """64, 65: in pieces of one byte, too."""
    head = LOGIN + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = await ask(node, head, b"1\r\nx\r\n" * 70_000)
    assert answer.status == 413
    assert answer.closed


async def test_a_body_that_trickles_is_408_after_half_a_minute(node: Served) -> None:
    """66: two of them side by side, on REST and on long-polling."""
    polling = await _polling_session(node)
    login = asyncio.create_task(_trickle(node, LOGIN))
    push = asyncio.create_task(_trickle(node, polling))
    for answer in (await login, await push):
        assert answer.status == 408
        assert answer.closed
        assert 29 <= answer.after_s < 33


async def test_many_requests_at_once_on_one_connection_are_answered_in_order(node: Served) -> None:
    """65: pipelining; a thousand small ones are a thousand answers, and others are served."""
    flood = asyncio.create_task(
        ask(node, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000, patience_s=5)
    )
    canary = await ask(node, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (canary.status, canary.closed) == (200, True)
    answer = await flood
    assert answer.status == 200
    assert answer.responses == 1_000 or answer.closed


JSON_BODIES = {
    "100,000 deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a key twice": b'{"email":"a@b.example","email":"c@d.example","password":"x"}',
    "NaN": b'{"email":NaN}',
    "a byte order mark": b'\xef\xbb\xbf{"email":"a@b.example","password":"x"}',
    "UTF-16": '{"email":"a@b.example"}'.encode("utf-16"),
    "half a surrogate pair": b'{"email":"\\ud800","password":"x"}',
    "a NUL": b'{"email":"a\\u0000@b.example","password":"x"}',
}


async def test_json_that_two_readers_would_read_differently_is_400(node: Served) -> None:
    """67."""
    for name, body in JSON_BODIES.items():
        head = LOGIN + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        assert (await ask(node, head + body)).status == 400, name


async def test_json_under_another_name_is_415(node: Served) -> None:
    """68."""
    for kind in (b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data", b""):
        head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        body = b'{"email":"a@b.example","password":"x"}'
        head += b"Content-Type: %b\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
        assert (await ask(node, head + body)).status == 415, kind


async def test_a_page_of_another_site_writes_nothing_with_our_cookie(node: Served) -> None:
    """69, 70: nor does it open a socket."""
    body = b'{"name":"x"}'
    head = (
        b"POST /api/v1/playlists HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Origin: https://evil.example\r\nCookie: veza_access=x\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    assert (await ask(node, head + body)).status in (401, 403)
    for origin in ("null", "https://evil.example", "https://127.0.0.1.evil.example"):
        request = upgrade_request("/socket.io/?EIO=4&transport=websocket", Origin=origin)
        assert (await ask(node, request)).status == 403
        request = upgrade_request(
            "/socket.io/?EIO=4&transport=websocket",
            Origin=origin,
            X_Forwarded_Host=origin.rpartition("/")[2],
        )
        assert (await ask(node, request)).status == 403


async def test_methods_nobody_needs_and_addresses_that_climb(node: Served) -> None:
    """83, 77."""
    for line in (b"TRACE /healthz", b"CONNECT x:80", b"BREW /healthz", b"POST /healthz"):
        head = line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        assert (await ask(node, head)).status in (400, 403, 404, 405), line
    for path in (
        b"/../../etc/passwd",
        b"/assets/..%2f..%2fetc/passwd",
        b"/%2e%2e/%2e%2e/etc/passwd",
    ):
        answer = await ask(node, b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path)
        assert answer.status in (200, 400, 403, 404, 503), path


async def _polling_session(node: Served) -> bytes:
    """The head of a POST to a polling session that is open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(
        b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    sid = (await reader.read()).partition(b'"sid":"')[2].partition(b'"')[0]
    writer.close()
    assert sid
    path = b"/socket.io/?EIO=4&transport=polling&sid=" + sid
    return b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n"


async def _trickle(node: Served, head: bytes) -> Answer:
    """A body of 50 bytes, one a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    began_s = time.monotonic()
    writer.write(head + b"Content-Length: 50\r\n\r\n")

    async def drip() -> None:
        for _ in range(50):
            writer.write(b"4")
            await asyncio.sleep(1)  # pace: of a client that drips

    dripping = asyncio.create_task(drip())
    try:
        async with asyncio.timeout(45):
            first = await reader.readuntil(b"\r\n")
            after_s = time.monotonic() - began_s
            await reader.read()
    finally:
        dripping.cancel()
        writer.close()
    return Answer(int(first[9:12]), 1, True, after_s)

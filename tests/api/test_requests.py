"""What stands before every handler: sizes, slowness, half requests, odd methods."""

import asyncio
import gzip

import pytest

from api.envelope import failure
from rooms.errors import Unavailable
from tests.api.conftest import Caller, Door


async def raw(door: Door, head: bytes, *pieces: bytes) -> bytes:
    """Send bytes as they are; returns the beginning of the answer."""
    server = door.client.server
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(head)
    for piece in pieces:
        writer.write(piece)
    await writer.drain()
    async with asyncio.timeout(5):
        answer = await reader.read(4096)
    writer.close()
    return answer


LOGIN_HEAD = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def test_an_announced_giant_is_refused_at_once(door: Door) -> None:
    answer = await raw(door, LOGIN_HEAD + b"Content-Length: 100000000\r\n\r\n", b"{")

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"PAYLOAD_TOO_LARGE" in answer
    assert b"connection: close" in answer.lower()


async def test_a_giant_nobody_announced_is_counted(door: Door) -> None:
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"

    answer = await raw(
        door, LOGIN_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 6, b"0\r\n\r\n"
    )

    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n",
        b"X: " + b"x" * 20_000 + b"\r\n",
    ],
)
async def test_smuggled_requests_are_refused(door: Door, headers: bytes) -> None:
    answer = await raw(door, LOGIN_HEAD + headers + b"\r\n", b"{}")

    assert b" 400 " in answer.partition(b"\r\n")[0]


async def test_a_compressed_bomb_is_counted_unpacked(door: Door) -> None:
    bomb = gzip.compress(b" " * 30_000_000)
    assert len(bomb) < 64 * 1024

    answer = await door.stranger.post(
        "/auth/login",
        data=bomb,
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )

    assert answer.status == 413


async def test_a_request_keeps_its_harmless_id(door: Door) -> None:
    own = await door.stranger.get("/auth/me", headers={"X-Request-ID": "my-request-1"})
    odd = await door.stranger.get("/auth/me", headers={"X-Request-ID": "<script>"})

    assert own.headers["X-Request-ID"] == own.body["request_id"] == "my-request-1"
    assert odd.headers["X-Request-ID"] != "<script>"


async def test_what_breaks_inside_is_no_news_outside(door: Door) -> None:
    alice = await door.newcomer()
    await door.pool.execute("ALTER TABLE tracks RENAME COLUMN title TO renamed")

    answer = await alice.get("/tracks", params={"sort": "title"})

    assert (answer.status, answer.code) == (500, "INTERNAL")
    assert "renamed" not in str(answer.body)
    assert "column" not in answer.body["message"]


async def test_a_lost_database_is_temporary_and_lets_nobody_in(door: Door) -> None:
    alice = await door.newcomer()
    await door.pool.close()

    closed = await alice.get("/auth/me")
    listed = await door.stranger.get("/tracks")

    assert (closed.status, closed.code) == (503, "UNAVAILABLE")
    assert (listed.status, listed.code) == (503, "UNAVAILABLE")
    assert listed.headers["Retry-After"] == "1"


async def test_a_bad_token_on_an_open_page(door: Door) -> None:
    bearer = await Caller(door.client, "nonsense").get("/tracks")
    cookie = await door.stranger.get("/tracks", headers={"Cookie": "veza_access=nonsense"})

    assert (bearer.status, bearer.code) == (401, "UNAUTHENTICATED")
    assert cookie.status == 200


async def test_head_is_get_without_a_body(door: Door) -> None:
    async with door.client.head("/api/v1/tracks") as response:
        assert response.status == 200
        assert await response.read() == b""


def test_temporary_errors_say_when_to_come_back() -> None:
    response = failure(Unavailable("later", retry_after_ms=1500), "id")

    assert (response.status, response.headers["Retry-After"]) == (503, "2")


@pytest.mark.parametrize("query", ["limit=1&limit=2", "q=a&q=a", "sort=title&page=&page=2"])
async def test_a_parameter_given_twice_is_refused(door: Door, query: str) -> None:
    answer = await door.stranger.get(f"/tracks?{query}")
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert list(answer.fields.values()) == ["DUPLICATE"]
    assert (await door.stranger.get("/tracks?unknown=1&unknown=2")).status == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/tracks/chunk", "POST"),
        ("/tracks/00000000-0000-0000-0000-000000000000", "DELETE,GET,HEAD,PUT"),
        ("/playlists/00000000-0000-0000-0000-000000000000/tracks/reorder", "PUT"),
        ("/auth/login", "POST"),
    ],
)
async def test_a_wrong_method_is_told_which_ones_this_address_takes(
    door: Door, path: str, allowed: str
) -> None:
    answer = await door.stranger("OPTIONS", path)
    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("query", ["year=null", "year=none", "year=NULL"])
async def test_null_is_no_number(door: Door, query: str) -> None:
    answer = await door.stranger.get(f"/albums?{query}")
    assert (answer.status, list(answer.fields)) == (400, ["year"])

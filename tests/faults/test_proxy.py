"""The proxy between a client and an echo server, healthy and in each of its bad moods."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.faults.harness.proxy import Proxy, open_proxy

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SOON_S = 0.2


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
        writer.write(b"bye")
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, open_proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


@pytest.fixture
async def streams(proxy: Proxy) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"hello") == b"hello"
    yield reader, writer
    writer.close()


async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes) -> bytes:
    """What comes back within a while."""
    writer.write(text)
    async with asyncio.timeout(SOON_S):
        return await reader.readexactly(len(text))


async def test_in_slices_everything_arrives_whole(proxy: Proxy, streams: Streams) -> None:
    proxy.slice(7)
    assert await said(*streams, b"x" * 1000) == b"x" * 1000


async def test_stalled_nothing_passes_until_it_is_healed(proxy: Proxy, streams: Streams) -> None:
    proxy.stall()
    with pytest.raises(TimeoutError):
        await said(*streams, b"late")
    proxy.heal()
    assert await streams[0].readexactly(4) == b"late"


async def test_slow_is_late(proxy: Proxy, streams: Streams) -> None:
    proxy.slow(SOON_S)
    with pytest.raises(TimeoutError):
        await said(*streams, b"late")
    assert await streams[0].readexactly(4) == b"late"


async def test_half_open_the_answer_is_lost(proxy: Proxy, streams: Streams) -> None:
    proxy.half_open()
    with pytest.raises(TimeoutError):
        await said(*streams, b"lost")
    proxy.heal()
    assert await said(*streams, b"heard") == b"heard"


async def test_half_closed_the_server_still_answers(proxy: Proxy, streams: Streams) -> None:
    proxy.half_close()
    async with asyncio.timeout(2):
        assert (await streams[0].read()).endswith(b"bye")


async def test_reset_ends_connections_and_takes_new_ones(proxy: Proxy, streams: Streams) -> None:
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await streams[0].readexactly(1)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"again") == b"again"
    writer.close()


async def test_cut_refuses_until_it_is_healed(proxy: Proxy, streams: Streams) -> None:
    proxy.cut()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    with suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    proxy.heal()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"again") == b"again"
    writer.close()

"""So many plain HTTP connections of one address, and no more, whether they ask anything or not."""

import asyncio
import ipaddress

from hub.engine import Limits
from hub.engine.http_places import HttpPlaces
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.wire import open_wire, until

ASK = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
TWO = Limits(http_per_address=2)

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def ask(hub: Hub, head: bytes = ASK) -> tuple[bytes, Connection]:
    """Asks on a new connection, and keeps it; the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(head)
    async with asyncio.timeout(5):
        line = await reader.readline()
    return line.rstrip(), (reader, writer)


async def test_the_next_connection_of_an_address_is_turned_away(make_hub: MakeHub) -> None:
    hub = await make_hub(limits=TWO)
    idle = [await ask(hub) for _ in range(2)]
    assert [line for line, _ in idle] == [b"HTTP/1.1 200 OK"] * 2

    refused, (reader, writer) = await ask(hub)
    assert refused == b"HTTP/1.1 429 Too Many Requests"
    async with asyncio.timeout(5):
        assert b"Retry-After" in await reader.read()  # and the connection ends
    writer.close()

    idle.pop()[1][1].close()
    await until(lambda: hub.engine.http_places.held("127.0.0.1") == 1)
    again, connection = await ask(hub)
    assert again == b"HTTP/1.1 200 OK"
    for _, writer in (connection, idle[0][1]):
        writer.close()
    await until(lambda: hub.engine.http_places.held("127.0.0.1") == 0)


async def test_a_connection_goes_on_being_used(make_hub: MakeHub) -> None:
    hub = await make_hub(limits=TWO)
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    for _ in range(5):
        writer.write(ASK)
        async with asyncio.timeout(5):
            await reader.readuntil(b"hello ")
    assert hub.engine.http_places.held("127.0.0.1") == 1
    writer.close()


async def test_sockets_have_places_of_their_own(make_hub: MakeHub) -> None:
    hub = await make_hub(limits=TWO)
    wires = [await open_wire(hub.port) for _ in range(4)]
    line, (_, writer) = await ask(hub)
    assert line == b"HTTP/1.1 200 OK"
    for each in (writer, *(wire.writer for wire in wires)):
        each.close()


async def test_a_trusted_proxy_brings_as_many_as_it_has(make_hub: MakeHub) -> None:
    proxies = (ipaddress.ip_network("127.0.0.0/8"),)
    hub = await make_hub(limits=TWO, trusted_proxies=proxies)
    found = [await ask(hub) for _ in range(5)]
    assert [line for line, _ in found] == [b"HTTP/1.1 200 OK"] * 5
    for _, (_, writer) in found:
        writer.close()


async def test_a_second_request_that_never_ends_is_cut_with_the_idle_ones(
    make_hub: MakeHub,
) -> None:
    """Its head has the time that an idle connection has: a drop of bytes buys none."""
    hub = await make_hub(keepalive_s=0.3)
    _, (reader, writer) = await ask(hub)
    began_s = asyncio.get_running_loop().time()
    writer.write(b"GET /hello HT")
    async with asyncio.timeout(5):
        rest = await reader.read()
    assert rest.endswith(b"hello ")
    assert asyncio.get_running_loop().time() - began_s < 2
    writer.close()


def test_places_are_given_back_and_forgotten() -> None:
    places = HttpPlaces(2)
    assert [places.take("a"), places.take("a"), places.take("a"), places.take("b")] == [
        True,
        True,
        False,
        True,
    ]
    for _ in range(2):
        places.give_back("a")
    assert (places.held("a"), places.held("b"), places.take("a")) == (0, 1, True)
    unlimited = HttpPlaces(None)
    assert all(unlimited.take("a") for _ in range(1_000))

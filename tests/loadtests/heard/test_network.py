"""The simulated networks, drawn from by seed; and one of them as a proxy in front of a server."""

import asyncio
import random
import statistics
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.heard.network import LAN, MOBILE, NETWORKS, WIFI, Line, Network
from loadtests.heard.proxy import Proxy, exact_loop

MANY = 20_000


def drawn(network: Network, seed: int = 1) -> list[float]:
    draw = random.Random(seed)  # noqa: S311 -- a simulation, no secret
    return [network.delay_ms(draw) for _ in range(MANY)]


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_delays_are_what_the_distribution_says(network: Network) -> None:
    delays = drawn(network)

    assert min(delays) >= network.floor_ms
    assert statistics.mean(delays) == pytest.approx(network.mean_ms(), rel=0.05)
    spikes = sum(delay >= network.floor_ms + network.spike_ms for delay in delays) / MANY
    assert spikes == pytest.approx(network.spike_share, rel=0.3)


def test_the_same_seed_gives_the_same_network() -> None:
    assert drawn(WIFI, 3) == drawn(WIFI, 3)
    assert drawn(WIFI, 3) != drawn(WIFI, 4)


def test_each_network_is_slower_than_the_one_before() -> None:
    assert LAN.mean_ms() < 1 < WIFI.mean_ms() < 10 < MOBILE.mean_ms()


@given(st.integers(), st.lists(st.floats(0, 50), max_size=50))
def test_packets_never_overtake_each_other(seed: int, pauses_ms: list[float]) -> None:
    now_ms = 0.0
    line = Line(MOBILE, f"{seed}", lambda: now_ms)
    due: list[float] = []
    for pause_ms in pauses_ms:
        now_ms += pause_ms
        due.append(line.due_ms())
        assert due[-1] >= now_ms + MOBILE.floor_ms
    assert due == sorted(due)


def test_a_connection_through_the_proxy_takes_the_time_of_its_network() -> None:
    steady = Network("steady", floor_ms=8, shape=1, scale_ms=0.001, spike_share=0, spike_ms=0)
    with asyncio.Runner(loop_factory=exact_loop) as runner:
        round_trips_ms, said = runner.run(_ask(steady, [b"once", b"twice", b"three times"]))

    assert said == [b"once", b"twice", b"three times"]
    assert 16 <= min(round_trips_ms) < 20


async def _ask(network: Network, words: list[bytes]) -> tuple[list[float], list[bytes]]:
    """Round trips of words through the proxy to a server that says them back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = await Proxy(network, "1", *server.sockets[0].getsockname()).listen()
    reader, writer = await asyncio.open_connection(*proxy.sockets[0].getsockname())
    took_ms, said = [], []
    for word in words:
        sent_s = time.perf_counter()
        writer.write(word + b"\n")
        said.append((await reader.readline()).rstrip())
        took_ms.append((time.perf_counter() - sent_s) * 1_000)
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    proxy.close()
    server.close()
    return took_ms, said

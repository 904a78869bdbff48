"""A network in front of a hub: `python -m loadtests.heard.proxy --network wifi --seed 7 URL …`.

Each URL gets a port on loopback, printed one a line, whose connections (HTTP and WebSockets alike)
reach it late, as the network has it. A process of its own with an event loop on select(2), whose
timers are exact to some ten microseconds; those of epoll round up to a millisecond.
"""

import argparse
import asyncio
import itertools
import selectors
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from loadtests.heard.network import NETWORKS, Line, Network

PACKET_BYTES = 16_384
AHEAD_PACKETS = 64
"""On the way at once; then the sender waits, as he does for a window."""


class Proxy:
    """One listener's network."""

    def __init__(self, network: Network, seed: str, host: str, port: int) -> None:
        self._network = network
        self._seed = seed
        self._target = (host, port)
        self._numbers: Iterator[int] = itertools.count()

    async def listen(self) -> asyncio.Server:
        """Serves on a free port of loopback."""
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=PACKET_BYTES)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = next(self._numbers)
        there = Line(self._network, f"{self._seed}:{number}:there", _now_ms)
        back = Line(self._network, f"{self._seed}:{number}:back", _now_ms)
        try:
            # The handshake of TCP is a round trip before the first byte.
            await _until(there.due_ms())
            await _until(back.due_ms())
            to_reader, to_writer = await asyncio.open_connection(*self._target, limit=PACKET_BYTES)
            async with asyncio.TaskGroup() as group:
                group.create_task(_carry(reader, to_writer, there))
                group.create_task(_carry(to_reader, writer, back))
            to_writer.close()
        except* OSError:
            pass  # either end went away, as connections do
        finally:
            writer.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
    """Takes packets as they come and hands each over when it is due, until the end of both."""
    packets: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(AHEAD_PACKETS)

    async def hand_over() -> None:
        while True:
            due_ms, packet = await packets.get()
            await _until(due_ms)
            if not packet:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            writer.write(packet)
            await writer.drain()

    async with asyncio.TaskGroup() as group:
        group.create_task(hand_over())
        while True:
            packet = await reader.read(PACKET_BYTES)
            await packets.put((line.due_ms(), packet))
            if not packet:
                return


async def _until(due_ms: float) -> None:
    if (left_ms := due_ms - _now_ms()) > 0:
        await asyncio.sleep(left_ms / 1_000)


def _now_ms() -> float:
    return time.perf_counter() * 1_000


async def _main(network: Network, seed: str, urls: list[str]) -> None:
    for number, url in enumerate(urls):
        target = urlsplit(url)
        assert target.hostname is not None
        assert target.port is not None
        proxy = Proxy(network, f"{seed}:{number}", target.hostname, target.port)
        server = await proxy.listen()
        print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def exact_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose sleeps end when they should."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=sorted(NETWORKS), required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("urls", nargs="+")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=exact_loop) as runner:
        runner.run(_main(NETWORKS[options.network], options.seed, options.urls))

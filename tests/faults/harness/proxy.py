"""A TCP proxy on one edge, which can behave as networks do on their bad days."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK_BYTES = 65_536


class Proxy:
    """Forwards to a port of this machine; use `open_proxy`."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._to_servers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._refuses = False
        self._swallows = False
        self._delay_s = 0.0
        self._slice_bytes = 0

    async def start(self) -> None:
        """Listens on a free port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Ends everything."""
        if self._server is not None:
            self._server.close()
        self.reset()
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def heal(self) -> None:
        """From now on all passes; what was stalled goes on."""
        self._refuses = self._swallows = False
        self._delay_s = 0.0
        self._slice_bytes = 0
        self._flows.set()

    def cut(self) -> None:
        """Ends all connections and refuses new ones."""
        self._refuses = True
        self.reset()

    def reset(self) -> None:
        """Ends all connections by RST; new ones are welcome."""
        for writer in list(self._writers):
            sock = writer.get_extra_info("socket")
            if sock is not None:
                with suppress(OSError):
                    linger = struct.pack("ii", 1, 0)
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    def stall(self) -> None:
        """Connections stay, new ones are taken, nothing passes."""
        self._flows.clear()

    def half_open(self) -> None:
        """What the server says is lost on the way; what it is told arrives."""
        self._swallows = True

    def half_close(self) -> None:
        """The server hears the end of every connection; what it still says arrives."""
        for writer in list(self._to_servers):
            if not writer.is_closing() and writer.can_write_eof():
                with suppress(OSError):
                    writer.write_eof()

    def slow(self, delay_s: float) -> None:
        """Everything takes so much longer, each way."""
        self._delay_s = delay_s

    def slice(self, size: int) -> None:
        """What comes in one piece arrives in pieces of so many bytes."""
        self._slice_bytes = size

    async def _connected(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        if self._refuses:
            to_client.transport.abort()
            return
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            to_client.transport.abort()
            return
        self._writers |= {to_client, to_server}
        self._to_servers.add(to_server)
        for pump in (
            self._pump(from_client, to_server, from_server=False),
            self._pump(from_server, to_client, from_server=True),
        ):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, from_server: bool
    ) -> None:
        try:
            while chunk := await source.read(CHUNK_BYTES):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)  # pace: of a slow line
                await self._flows.wait()
                if self._swallows and from_server:
                    continue
                await self._forward(sink, chunk)
            await self._flows.wait()
            if sink.can_write_eof():
                sink.write_eof()
        except (OSError, RuntimeError):
            sink.transport.abort()
        finally:
            self._writers.discard(sink)
            self._to_servers.discard(sink)
            if from_server:
                sink.close()

    async def _forward(self, sink: asyncio.StreamWriter, chunk: bytes) -> None:
        size = self._slice_bytes
        if not size:
            sink.write(chunk)
            await sink.drain()
            return
        for start in range(0, len(chunk), size):
            sink.write(chunk[start : start + size])
            await sink.drain()
            await asyncio.sleep(0)


@asynccontextmanager
async def open_proxy(target_port: int) -> AsyncIterator[Proxy]:
    """A proxy in front of a port, which need not be listened on yet."""
    proxy = Proxy(target_port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()

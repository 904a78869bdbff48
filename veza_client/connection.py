"""One connection to the hub: calls and their acks, events in their order."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp

from veza_client import packets
from veza_client.line import LOST, Closed, Line, open_line
from veza_client.packets import Packet

log = logging.getLogger(__name__)

__all__ = ["Closed", "Connection", "Hear", "Refused", "Then"]

Hear = Callable[[str, Any], None]
"""Takes an event's name and payload."""
Ack = dict[str, Any]
"""`{ok: True, data}` or `{ok: False, error}`."""
Then = Callable[[Ack], None]
"""Takes an ack before any event that came behind it."""


class Refused(Closed):
    """The hub does not let this client in; `said` is what it says of that."""

    def __init__(self, said: Any) -> None:
        super().__init__(said)
        self.said = said


class Connection:
    """One socket. Make it, `open` it, `close` it; when it has ended, make another.

    Args:
        hear: takes each event.
    """

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._line: Line
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[asyncio.Future[dict[str, Any]], Then | None]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._let_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._partial: tuple[Packet, list[bytes]] | None = None
        self._is_given_up = False
        self.closed = asyncio.Event()
        """Set when it has ended, by whichever side."""
        self.is_draining = False
        """Whether the node has said that it stops."""

    @property
    def transport(self) -> asyncio.Transport:
        """What carries it, for those who want to read slowly."""
        return self._line.transport

    async def open(
        self, http: aiohttp.ClientSession, url: str, auth: Any, *, polling: bool = False
    ) -> None:
        """Connects and waits for `hello`.

        Args:
            http: makes the connections.
            url: of the node, without a path.
            auth: the object of CONNECT, such as `{"token": …}`.
            polling: long-polling instead of a WebSocket.

        Raises:
            Refused: the hub says why.
            Closed: it ended before, or there is nobody.
        """
        self._line = await open_line(http, url, polling=polling)
        self._reader = asyncio.create_task(self._read(), name="veza-client")
        await self._line.send(packets.hello(auth))
        await self._let_in

    async def call(self, event: str, payload: Any = None, then: Then | None = None) -> Ack:
        """The ack of one call.

        Who stops waiting for a call with `then` hears nothing more: what comes behind that ack is
        understood only with it.

        Raises:
            Closed: the connection ended first.
        """
        if self.closed.is_set():
            raise Closed
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = (answer, then)
        try:
            await self._line.send(packets.event(event, payload, number))
            return await answer
        finally:
            if self._asked.pop(number, None) is not None and then is not None:
                self._is_given_up = True

    async def emit(self, event: str, payload: Any = None) -> None:
        """Says something that needs no answer. Raises `Closed` when nobody can hear it."""
        await self.send(packets.event(event, payload))

    async def send(self, text: str) -> None:
        """Sends a packet as it is. Raises `Closed`."""
        await self._line.send(text)

    def stop_reading(self) -> None:
        """From now on nothing that comes is taken from the line, pings included."""
        if self._reader is not None:
            self._reader.cancel()

    async def leave(self) -> None:
        """Says goodbye and closes: the hub does not expect it back."""
        with suppress(Closed):
            if self._reader is not None and not self.closed.is_set():
                await self.send(packets.GOODBYE)
        await self.close()

    async def close(self) -> None:
        """Hangs up."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            with suppress(*LOST):
                await self._line.close()
        self._end(Closed())

    async def _read(self) -> None:
        try:
            while True:
                self._take(await self._line.receive())
        except Closed as why:
            self._end(why)
        except Exception:  # of `hear` or `then`: what follows would not be understood
            log.exception("veza_client.failed")
            self._end(Closed())
        with suppress(*LOST):
            await self._line.close()

    def _take(self, came: str | bytes) -> None:
        if isinstance(came, bytes):
            assert self._partial is not None, "a binary part of nothing"
            packet, parts = self._partial
            parts.append(came)
        else:
            packet, parts = packets.read(came), []
        if len(parts) < packet.attachments:
            self._partial = (packet, parts)
            return
        self._partial = None
        if not self._is_given_up:
            self._understand(packets.filled(packet, parts) if parts else packet)

    def _understand(self, packet: Packet) -> None:
        match packet.kind:
            case packets.EVENT:
                name = packet.data[0]
                payload = packet.data[1] if len(packet.data) > 1 else None
                if name == "hello" and not self._let_in.done():
                    self._let_in.set_result(None)
                elif name == "server:draining":
                    self.is_draining = True
                self._hear(name, payload)
            case packets.ACK:
                answer, then = self._asked.pop(packet.number or 0, (None, None))
                if then is not None:
                    then(packet.data[0])
                if answer is not None and not answer.done():
                    answer.set_result(packet.data[0])
            case packets.CONNECT_ERROR:
                raise Refused(packet.data)
            case packets.DISCONNECT:
                raise Closed

    def _end(self, why: Closed) -> None:
        self.closed.set()
        waiting: list[asyncio.Future[Any]] = [answer for answer, _ in self._asked.values()]
        for future in [*waiting, self._let_in]:
            if not future.done():
                future.set_exception(why)
                future.exception()  # nobody may be waiting any more

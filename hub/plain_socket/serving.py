"""The plain sockets of one kind on one node, each served from its handshake to its end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import WSMsgType, web
from msgspec import Struct

from hub.door.arrivals import Guest
from hub.engine import Handlers, Limits
from hub.engine.budget import Budget
from hub.node import Node
from hub.plain_socket.calls import Spawn
from hub.plain_socket.frames import frame, refusal
from hub.plain_socket.outbox import Outbox
from hub.plain_socket.upgrade import cut, upgraded
from hub.plain_socket.wire import Wire
from rooms.errors import HubError, Unavailable

PING_EVERY_S = 25.0
"""A client that does not answer within half of it is gone."""

Take = Callable[[str], None]
"""Carries out one command of a client; never raises for what is wrong with it."""
Greet = Callable[[Wire, Spawn], Take]
"""Begins to serve a client that has been let in; returns what takes his commands."""


class Kind(Struct, frozen=True):
    """What tells the sockets of one door from those of another."""

    device: str
    """What others see of such a device."""
    last_words: Mapping[str, tuple[str, str]]
    """By why the hub ends a socket: code and message for clients that ignore close codes."""
    not_text: HubError
    """What a binary frame is answered with."""


class PlainSockets:
    """The open sockets of one kind.

    Args:
        node: running.
        kind: of all of them.
    """

    def __init__(self, node: Node, kind: Kind) -> None:
        self._door = node.door
        self._delivery = node.fanout.delivery
        self._handlers = Handlers(node.door.on_connect, node.door.on_event, node.door.on_disconnect)
        self._kind = kind
        self._limits = Limits()
        self._open: set[Wire] = set()

    def opened(self, request: web.Request) -> web.WebSocketResponse:
        """A socket for the request, which `serve` prepares once it is known who comes.

        Raises:
            HTTPUpgradeRequired: the client does not ask for a WebSocket.
            Unavailable: this node is stopping.
        """
        socket = upgraded(request, self._limits.message_bytes, PING_EVERY_S)
        if self._door.draining:
            raise Unavailable("This node is stopping.", "SERVER_DRAINING", retry_after_ms=500)
        return socket

    async def serve(
        self, request: web.Request, socket: web.WebSocketResponse, guest: Guest, greet: Greet
    ) -> None:
        """Serves one socket until either side ends it.

        Args:
            request: of the client.
            socket: as `opened`.
            guest: whom the door has admitted.
            greet: begins to serve him.
        """
        await socket.prepare(request)
        outbox = Outbox(socket, self._limits)
        wire = Wire(
            self._delivery,
            self._handlers,
            outbox,
            self._limits,
            request.remote or "",
            lambda: cut(request),
            lambda reason: self._say_last(outbox, reason),
        )
        self._door.seat(wire.link, guest, device_id=None, kind=self._kind.device)
        self._open.add(wire)
        try:
            await self._run(socket, wire, outbox, greet)
        finally:
            self._open.discard(wire)
            wire.part()
            work = self._door.on_disconnect(wire.link, wire.ended_for or "transport close")
            if work is not None:
                await work
            if not socket.closed:
                cut(request)

    async def close_all(self, _app: web.Application) -> None:
        """Tells every client to come back elsewhere."""
        for wire in list(self._open):
            wire.end("draining")

    async def _run(
        self, socket: web.WebSocketResponse, wire: Wire, outbox: Outbox, greet: Greet
    ) -> None:
        calls: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:

            def spawn(work: Awaitable[None]) -> None:
                task = tasks.create_task(_awaited(work), name=f"{self._kind.device}-call")
                calls.add(task)
                task.add_done_callback(calls.discard)

            writing = tasks.create_task(outbox.run(), name=f"{self._kind.device}-outbox")
            try:
                await self._listen(socket, wire, greet(wire, spawn))
                if wire.ended_for is not None and not socket.closed:
                    await writing
            finally:
                writing.cancel()
                for task in calls:
                    task.cancel()

    async def _listen(self, socket: web.WebSocketResponse, wire: Wire, take: Take) -> None:
        loop = asyncio.get_running_loop()
        budget = Budget(self._limits.events_per_s, self._limits.events_burst)
        while True:
            message = await socket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY) or wire.link.closed:
                return
            if not budget.spend(loop):
                wire.end("rate_limited")
                return
            if message.type is WSMsgType.TEXT:
                take(message.data)
            else:
                wire.write(refusal(self._kind.not_text))

    def _say_last(self, outbox: Outbox, reason: str) -> None:
        if reason in self._kind.last_words:
            code, message = self._kind.last_words[reason]
            outbox.put(frame("error", code=code, message=message))


async def _awaited(work: Awaitable[None]) -> None:
    await work

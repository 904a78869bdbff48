"""python-socketio as our transport: every private hook we use is in this module.

The library keeps Engine.IO (polling, upgrade, pings) and packet parsing; what a packet means is
decided here, since its own handlers answer no call that fails, run the server's connect handler for
a client's event named `connect`, and go silent after a malformed packet. Versions are pinned
(pyproject.toml); tests/hub/test_socketio_server.py says what broke.
"""

import asyncio
import logging
import uuid
from collections.abc import Sequence
from typing import Any, Protocol

import socketio
from engineio import packet as eio_packet
from msgspec import Struct
from socketio import packet as sio_packet

from hub import wire
from hub.metrics import SLOW_CONSUMERS
from rooms.errors import HubError

log = logging.getLogger(__name__)

MAX_EVENT_BYTES = 65_536
MAX_UNSENT_PACKETS = 4_000
MAX_UNSENT_BYTES = 1_048_576
"""Per socket, then `slow_consumer`: the client comes back and resumes by seq."""
CONNECT_WITHIN_S = 5.0
MAX_PROTOCOL_ERRORS = 20
"""Malformed packets of one socket; each is answered, then the socket is closed."""

_RESERVED_PACKETS = (sio_packet.BINARY_EVENT, sio_packet.BINARY_ACK)


class Json:
    """The strict JSON that python-socketio's packets are read and written with."""

    loads = staticmethod(wire.loads)
    dumps = staticmethod(wire.dumps)


class SocketLink:
    """One Engine.IO socket as the hub sees it (`hub.sessions.Link`)."""

    def __init__(self, server: "HubServer", eio_sid: str) -> None:
        self._server = server
        self.eio_sid = eio_sid
        self.connection_id = uuid.uuid4().hex
        self.connected = False
        self.protocol_errors = 0
        self._unsent: list[int] = []

    def send(self, frame: str) -> None:
        """Queues one encoded packet; a socket too far behind is closed instead."""
        socket = self._server.eio.sockets.get(self.eio_sid)
        if socket is None or socket.closed:
            return
        waiting = socket.queue.qsize()
        if waiting >= MAX_UNSENT_PACKETS or waiting * len(frame) > MAX_UNSENT_BYTES:
            SLOW_CONSUMERS.inc()
            self.close("slow_consumer")
            return
        socket.queue.put_nowait(eio_packet.Packet(eio_packet.MESSAGE, data=frame))

    def ack(self, ack_id: int, body: bytes) -> None:
        """Answers one call."""
        self.send(wire.ack_frame(ack_id, body))

    def close(self, reason: str) -> None:
        """Tells the client why and ends the socket."""
        self._server.end(self, reason)


class Handlers(Protocol):
    """What the hub does with sockets."""

    async def connect(self, link: SocketLink, auth: Any) -> None:
        """Lets a socket in, or raises HubError."""

    async def welcome(self, link: SocketLink) -> None:
        """Runs once the client knows that it is connected."""

    async def call(
        self, link: SocketLink, name: str, args: Sequence[Any], ack_id: int | None
    ) -> None:
        """Answers one call."""

    async def disconnect(self, link: SocketLink) -> None:
        """A socket that had been let in is gone."""


class BadPacket(Struct, frozen=True):
    """Payload of `error`: what came was no packet of the protocol."""

    code: str
    message: str


class HubServer(socketio.AsyncServer):  # type: ignore[misc]  # the library is untyped
    """python-socketio with our own meaning of connect, event and disconnect."""

    def __init__(self, handlers: Handlers, allowed_origins: Sequence[str] | None) -> None:
        super().__init__(
            async_mode="aiohttp",
            json=Json,
            cors_allowed_origins=list(allowed_origins) if allowed_origins else None,
            max_http_buffer_size=MAX_EVENT_BYTES,
            async_handlers=False,
            ping_interval=25,
            ping_timeout=20,
            cors_credentials=False,
            logger=False,
            engineio_logger=False,
        )
        self._hub_handlers = handlers
        self._links: dict[str, SocketLink] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def end(self, link: SocketLink, reason: str) -> None:
        """Ends a socket in the background; it is forgotten when the library says it is gone."""
        self._start(self._end(link, reason))

    async def close_all(self, reason: str) -> None:
        """Ends every socket, for a node that stops."""
        for link in list(self._links.values()):
            self.end(link, reason)
        while self._tasks:
            await asyncio.wait(self._tasks, timeout=1)

    async def _end(self, link: SocketLink, reason: str) -> None:
        socket = self.eio.sockets.get(link.eio_sid)
        if socket is None or socket.closed:
            return
        if reason == "slow_consumer":
            # What waits will never be read: drop it, so that the reason has a chance to arrive.
            while not socket.queue.empty():
                socket.queue.get_nowait()
                socket.queue.task_done()
        if reason in ("token_revoked", "banned", "protocol_error"):
            told = wire.event_frame("auth:revoked", wire.encode({"reason": reason}))
            socket.queue.put_nowait(eio_packet.Packet(eio_packet.MESSAGE, data=told))
        socket.queue.put_nowait(eio_packet.Packet(eio_packet.MESSAGE, data="1"))
        await socket.close(wait=False, reason=reason)

    async def _handle_eio_connect(self, eio_sid: str, environ: Any) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        link = self._links[eio_sid] = SocketLink(self, eio_sid)
        asyncio.get_running_loop().call_later(CONNECT_WITHIN_S, self._expect_connect, link)

    def _expect_connect(self, link: SocketLink) -> None:
        if not link.connected and link.eio_sid in self._links:
            self.end(link, "protocol_error")

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        link = self._links.get(eio_sid)
        if link is None:
            return
        try:
            if not isinstance(data, str):
                raise ValueError("a binary frame where none was due")
            if len(data) > MAX_EVENT_BYTES:
                raise ValueError("too large")
            packet = self.packet_class(encoded_packet=data)
            await self._handle_packet(link, packet)
        except (
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            RecursionError,
        ) as error:
            self._refuse_packet(link, str(error))

    async def _handle_packet(self, link: SocketLink, packet: Any) -> None:
        kind = packet.packet_type
        if kind == sio_packet.CONNECT:
            await self._handle_connect(link.eio_sid, packet.namespace, packet.data)
        elif packet.namespace not in (None, "/"):
            raise ValueError(f"there is no namespace {packet.namespace}")
        elif kind == sio_packet.DISCONNECT:
            await self._handle_disconnect(link.eio_sid, "/", self.reason.CLIENT_DISCONNECT)
        elif kind == sio_packet.EVENT:
            self._handle_call(link, packet)
        elif kind in _RESERVED_PACKETS:
            raise ValueError("this hub takes no binary attachments")
        elif kind != sio_packet.ACK:
            raise ValueError("unknown packet type")

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        link = self._links[eio_sid]
        if (namespace or "/") != "/":
            await self._refuse(eio_sid, namespace, "Invalid namespace", None)
            return
        if link.connected:
            raise ValueError("already connected")
        link.connected = True
        sid = await self.manager.pre_connect(eio_sid, "/")
        try:
            await self._hub_handlers.connect(link, data)
        except HubError as error:
            link.connected = False
            await self._refuse(eio_sid, "/", error.message, error.as_dict())
            await self.manager.disconnect(sid, "/", ignore_queue=True)
            return
        packet = self.packet_class(sio_packet.CONNECT, {"sid": sid}, namespace="/")
        await self._send_packet(eio_sid, packet)
        await self.manager.connect(sid, "/")
        await self._hub_handlers.welcome(link)

    async def _refuse(self, eio_sid: str, namespace: str | None, message: str, data: Any) -> None:
        body = {"message": message} | ({"data": data} if data else {})
        packet = self.packet_class(sio_packet.CONNECT_ERROR, data=body, namespace=namespace)
        await self._send_packet(eio_sid, packet)

    def _handle_call(self, link: SocketLink, packet: Any) -> None:
        data = packet.data
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            raise ValueError("an event is a list that begins with its name")
        if not link.connected:
            self.end(link, "protocol_error")
            return
        # One task a call: a slow answer does not hold up the next call, and calls enter the
        # committer in the order of their arrival, since they run up to their first wait at once.
        self._start(self._hub_handlers.call(link, data[0], data[1:], packet.id))

    async def _handle_disconnect(
        self, eio_sid: str, namespace: str, reason: str | None = None
    ) -> None:
        link = self._links.get(eio_sid)
        sid = self.manager.sid_from_eio_sid(eio_sid, "/")
        if link is not None and link.connected:
            link.connected = False
            await self._hub_handlers.disconnect(link)
        if sid is not None and self.manager.is_connected(sid, "/"):
            self.manager.pre_disconnect(sid, namespace="/")
            await self.manager.disconnect(sid, "/", ignore_queue=True)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await self._handle_disconnect(eio_sid, "/", reason)
        self._links.pop(eio_sid, None)
        self.environ.pop(eio_sid, None)

    def _refuse_packet(self, link: SocketLink, why: str) -> None:
        link.protocol_errors += 1
        bad = BadPacket("VALIDATION_ERROR", f"This is no packet of the protocol: {why[:200]}")
        link.send(wire.event_frame("error", wire.encode(bad)))
        if link.protocol_errors >= MAX_PROTOCOL_ERRORS:
            link.close("protocol_error")

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

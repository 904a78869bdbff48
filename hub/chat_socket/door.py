"""`GET /api/v1/chat/ws?token=`, a plain WebSocket: who is let in, and until when.

The token is a chat token (`POST /api/v1/chat/token`), in the query or as a bearer. It is signed
with a key of its own and opens nothing else, which is why it may stand in an address. Cookies open
nothing here: a browser sends them unasked, also for other people's pages.
"""

import asyncio
import logging
from collections.abc import Awaitable

from aiohttp import WSMsgType, web

from api.claims import Claims
from api.tokens import Tokens
from hub.chat_socket import words
from hub.chat_socket.outbox import Outbox
from hub.chat_socket.packets import Packets
from hub.chat_socket.talker import Talker
from hub.chat_socket.wire import Wire
from hub.engine import Handlers, Limits
from hub.engine.budget import Budget
from hub.node import Node
from rooms.errors import Invalid, Unauthenticated, Unavailable

log = logging.getLogger(__name__)

PATHS = ("/api/v1/chat/ws", "/chat/ws", "/ws/{rest:.*}")
PING_EVERY_S = 25.0
"""A client that does not answer within half of it is gone."""
KIND = "chat_socket"
"""What others see of such a device."""

_LAST_WORDS = {
    "token_expired": ("TOKEN_EXPIRED", "The chat token has expired. Ask for a new one."),
    "token_revoked": ("TOKEN_REVOKED", "This session has ended. Sign in again."),
    "rate_limited": ("RATE_LIMITED", "That was too quick for too long."),
}


def mount(app: web.Application, node: Node, tokens: Tokens) -> None:
    """Adds the addresses; open sockets are closed with 1012 when the application stops.

    Args:
        app: the web application.
        node: running.
        tokens: chat's own.
    """
    sockets = ChatSockets(node, tokens)
    for path in PATHS:
        app.router.add_get(path, sockets.handle)
    app.on_shutdown.append(sockets.close_all)


class ChatSockets:
    """The raw chat sockets of one node."""

    def __init__(self, node: Node, tokens: Tokens) -> None:
        self._door = node.door
        self._delivery = node.fanout.delivery
        self._tokens = tokens
        self._limits = Limits()
        self._packets = Packets()
        self._handlers = Handlers(node.door.on_connect, node.door.on_event, node.door.on_disconnect)
        self._open: set[Wire] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serves one socket until it ends.

        Raises:
            Unauthenticated: no token, or none of ours, or one that has expired or was revoked.
            Unavailable: this node is stopping, or cannot ask.
        """
        socket = web.WebSocketResponse(
            max_msg_size=self._limits.message_bytes, compress=False, heartbeat=PING_EVERY_S
        )
        if not socket.can_prepare(request):
            raise web.HTTPUpgradeRequired(text="This address speaks WebSocket.\n")
        if self._door.draining:
            raise Unavailable("This node is stopping.", "SERVER_DRAINING", retry_after_ms=500)
        guest = await self._door.admit(self._claims(request))
        await socket.prepare(request)
        outbox = Outbox(socket, self._limits)
        wire = Wire(
            self._delivery,
            self._handlers,
            outbox,
            self._limits,
            request.remote or "",
            lambda: _cut(request),
            lambda reason: _say_last(outbox, reason),
        )
        self._door.seat(wire.link, guest, device_id=None, kind=KIND)
        self._open.add(wire)
        try:
            await self._talk(socket, wire, outbox)
        finally:
            self._open.discard(wire)
            wire.part()
            work = self._door.on_disconnect(wire.link, wire.ended_for or "transport close")
            if work is not None:
                await work
            if not socket.closed:
                _cut(request)
        return socket

    async def close_all(self, _app: web.Application) -> None:
        """Tells every client to come back elsewhere."""
        for wire in list(self._open):
            wire.end("draining")

    async def _talk(self, socket: web.WebSocketResponse, wire: Wire, outbox: Outbox) -> None:
        calls: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:

            def spawn(work: Awaitable[None]) -> None:
                task = tasks.create_task(_awaited(work), name="chat-call")
                calls.add(task)
                task.add_done_callback(calls.discard)

            talker = Talker(wire, self._packets, spawn)
            writing = tasks.create_task(outbox.run(), name="chat-outbox")
            try:
                await self._listen(socket, wire, talker)
                if wire.ended_for is not None and not socket.closed:
                    await writing
            finally:
                writing.cancel()
                for task in calls:
                    task.cancel()

    async def _listen(self, socket: web.WebSocketResponse, wire: Wire, talker: Talker) -> None:
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
                talker.take(message.data)
            else:
                wire.write(
                    words.refusal(Invalid.field("payload", "NOT_TEXT", "Commands are text."))
                )

    def _claims(self, request: web.Request) -> Claims:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer.strip() if scheme.lower() == "bearer" else request.query.get("token", "")
        if not token:
            raise Unauthenticated("Ask POST /api/v1/chat/token for a token.")
        return self._tokens.read(token)


def _say_last(outbox: Outbox, reason: str) -> None:
    """Why the socket ends, for clients that do not look at close codes."""
    if reason in _LAST_WORDS:
        code, message = _LAST_WORDS[reason]
        outbox.put(words.frame("error", code=code, message=message))


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _awaited(work: Awaitable[None]) -> None:
    await work

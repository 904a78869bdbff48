"""`GET /api/v1/co-listening/ws?session_id=&token=`: who is let in, and until when.

The token is a single-use ticket of `POST /api/v1/auth/stream-token`: an access token in an address
would end up in logs. A client that can set headers brings its access token as a bearer instead.
Cookies open nothing here: a browser sends them unasked, also for other people's pages.
"""

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable

from aiohttp import WSMsgType, web

from api.auth.principals import Authenticator
from api.claims import Claims
from hub.access import check_room
from hub.chat_socket.outbox import Outbox
from hub.chat_socket.wire import Wire
from hub.chat_socket.words import frame, refusal
from hub.co_listening.listener import Listener
from hub.engine import Handlers, Limits
from hub.engine.budget import Budget
from hub.node import Node
from rooms.errors import Invalid, NotFound, Unauthenticated, Unavailable
from rooms.ids import UUID_PATTERN
from storage.accounts.sessions import Sessions
from storage.accounts.tickets import Tickets

PATH = "/api/v1/co-listening/ws"
PING_EVERY_S = 25.0
"""A client that does not answer within half of it is gone."""
TICKET_LASTS_S = 24 * 3_600
"""Who came with a ticket comes with another one after a day; an ended sign-in ends it at once."""
KIND = "co_listening_socket"
"""What others see of such a device."""

_LAST_WORDS = {
    "token_expired": ("TOKEN_EXPIRED", "This token has expired. Come back with a new one."),
    "token_revoked": ("TOKEN_REVOKED", "This sign-in has ended. Sign in again."),
    "rate_limited": ("RATE_LIMITED", "That was too quick for too long."),
}


def mount(app: web.Application, node: Node, authenticator: Authenticator) -> None:
    """Adds the address; open sockets are closed with 1012 when the application stops."""
    sockets = CoListeningSockets(node, authenticator)
    app.router.add_get(PATH, sockets.handle)
    app.on_shutdown.append(sockets.close_all)


class CoListeningSockets:
    """The raw co-listening sockets of one node."""

    def __init__(self, node: Node, authenticator: Authenticator) -> None:
        self._pool = node.backends.pool
        self._door = node.door
        self._delivery = node.fanout.delivery
        self._authenticator = authenticator
        self._tickets = Tickets(self._pool)
        self._sign_ins = Sessions(self._pool)
        self._limits = Limits()
        self._handlers = Handlers(node.door.on_connect, node.door.on_event, node.door.on_disconnect)
        self._open: set[Wire] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serves one socket until it ends.

        Raises:
            Unauthenticated: no ticket or token, one that is used up or has expired, or whose
                sign-in has ended.
            NotFound, Forbidden: no such session for this user.
            Unavailable: this node is stopping, or cannot ask.
        """
        socket = web.WebSocketResponse(
            max_msg_size=self._limits.message_bytes, compress=False, heartbeat=PING_EVERY_S
        )
        if not socket.can_prepare(request):
            raise web.HTTPUpgradeRequired(text="This address speaks WebSocket.\n")
        if self._door.draining:
            raise Unavailable("This node is stopping.", "SERVER_DRAINING", retry_after_ms=500)
        guest = await self._door.admit(await self._claims(request))
        room_id = request.query.get("session_id", "").lower()
        if re.fullmatch(UUID_PATTERN, room_id) is None:
            raise NotFound("There is no such session.", "SESSION_NOT_FOUND")
        await check_room(self._pool, room_id, guest.principal)
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
            await self._serve(socket, wire, outbox, room_id)
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

    async def _serve(
        self, socket: web.WebSocketResponse, wire: Wire, outbox: Outbox, room_id: str
    ) -> None:
        calls: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:

            def spawn(work: Awaitable[None]) -> None:
                task = tasks.create_task(_awaited(work), name="co-listening-call")
                calls.add(task)
                task.add_done_callback(calls.discard)

            listener = Listener(wire, room_id, spawn)
            writing = tasks.create_task(outbox.run(), name="co-listening-outbox")
            try:
                listener.enter()
                await self._listen(socket, wire, listener)
                if wire.ended_for is not None and not socket.closed:
                    await writing
            finally:
                writing.cancel()
                for task in calls:
                    task.cancel()

    async def _listen(self, socket: web.WebSocketResponse, wire: Wire, listener: Listener) -> None:
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
                listener.take(message.data)
            else:
                wire.write(refusal(Invalid("Commands are text.", "BAD_COMMAND")))

    async def _claims(self, request: web.Request) -> Claims:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._authenticator.read(bearer.strip())
        token = request.query.get("token", "")
        ticket = await self._tickets.redeem(token) if 0 < len(token) <= 256 else None
        standing = None if ticket is None else await self._sign_ins.standing(ticket.session_id)
        if ticket is None or standing is None or standing.user_id != ticket.user_id:
            raise Unauthenticated("Ask POST /api/v1/auth/stream-token for a ticket.")
        now_s = int(time.time())
        return Claims(
            iss="",
            aud="",
            sub=ticket.user_id,
            jti=str(uuid.uuid4()),
            iat=now_s,
            exp=now_s + TICKET_LASTS_S,
            sid=ticket.session_id,
            ver=standing.token_version,
            username=standing.username,
            name=standing.display_name,
            role=standing.role,
            room=standing.room_id,
        )


def _say_last(outbox: Outbox, reason: str) -> None:
    """Why the socket ends, for clients that do not look at close codes."""
    if reason in _LAST_WORDS:
        code, message = _LAST_WORDS[reason]
        outbox.put(frame("error", code=code, message=message))


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _awaited(work: Awaitable[None]) -> None:
    await work

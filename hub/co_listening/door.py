"""`GET /api/v1/co-listening/ws?session_id=&token=`: who is let in, and until when.

The token is a single-use ticket of `POST /api/v1/auth/stream-token`: an access token in an address
would end up in logs. A client that can set headers brings its access token as a bearer instead.
Cookies open nothing here: a browser sends them unasked, also for other people's pages.
"""

import re
import time
import uuid

from aiohttp import web

from api.auth.principals import Authenticator
from api.claims import Claims
from hub.access import check_room
from hub.co_listening.listener import Listener
from hub.node import Node
from hub.plain_socket.calls import Spawn
from hub.plain_socket.serving import Kind, PlainSockets, Take
from hub.plain_socket.upgrade import bearer
from hub.plain_socket.wire import Wire
from rooms.errors import Invalid, NotFound, Unauthenticated
from rooms.ids import UUID_PATTERN
from storage.accounts.sessions import Sessions
from storage.accounts.tickets import Tickets

PATH = "/api/v1/co-listening/ws"
TICKET_LASTS_S = 24 * 3_600
"""Who came with a ticket comes with another one after a day; an ended sign-in ends it at once."""
KIND = Kind(
    device="co_listening_socket",
    last_words={
        "token_expired": ("TOKEN_EXPIRED", "This token has expired. Come back with a new one."),
        "token_revoked": ("TOKEN_REVOKED", "This sign-in has ended. Sign in again."),
        "rate_limited": ("RATE_LIMITED", "That was too quick for too long."),
    },
    not_text=Invalid("Commands are text.", "BAD_COMMAND"),
)


def mount(app: web.Application, node: Node, authenticator: Authenticator) -> None:
    """Adds the address; open sockets are closed with 1012 when the application stops."""
    door = CoListeningDoor(node, authenticator)
    app.router.add_get(PATH, door.handle)
    app.on_shutdown.append(door.sockets.close_all)


class CoListeningDoor:
    """Lets the older players into their sessions."""

    def __init__(self, node: Node, authenticator: Authenticator) -> None:
        self.sockets = PlainSockets(node, KIND)
        self._pool = node.backends.pool
        self._door = node.door
        self._authenticator = authenticator
        self._tickets = Tickets(self._pool)
        self._sign_ins = Sessions(self._pool)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serves one socket until it ends.

        Raises:
            Unauthenticated: no ticket or token, one that is used up or has expired, or whose
                sign-in has ended.
            NotFound, Forbidden: no such session for this user.
            Unavailable: this node is stopping, or cannot ask.
        """
        socket = self.sockets.opened(request)
        guest = await self._door.admit(await self._claims(request))
        room_id = request.query.get("session_id", "").lower()
        if re.fullmatch(UUID_PATTERN, room_id) is None:
            raise NotFound("There is no such session.", "SESSION_NOT_FOUND")
        await check_room(self._pool, room_id, guest.principal)

        def greet(wire: Wire, spawn: Spawn) -> Take:
            listener = Listener(wire, room_id, spawn)
            listener.enter()
            return listener.take

        await self.sockets.serve(request, socket, guest, greet)
        return socket

    async def _claims(self, request: web.Request) -> Claims:
        access = bearer(request)
        if access is not None:
            return self._authenticator.read(access)
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

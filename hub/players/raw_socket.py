"""The older players' door: `GET /ws?track_id=&token=&position=`, a plain WebSocket.

An adapter on the same player as `player:open`. The token is a single-use ticket of
`POST /api/v1/auth/stream-token`: an access token in an address would end up in logs.
"""

import asyncio
import logging
import socket as sockets
from collections import Counter

from aiohttp import web

from hub.node import Node
from hub.plain_socket.upgrade import cut, upgraded
from hub.players.raw_commands import CLOSE_CODES, Refused, code_of, read_position_ms
from hub.players.raw_listener import PACE, Pace, StreamListener
from media.player.chunks import QUALITIES, Quality
from media.player.player import Player, player_for
from rooms.access import Principal
from rooms.errors import HubError, Invalid, RateLimited, Unauthenticated
from rooms.feature import Limit
from storage.accounts.sessions import Sessions
from storage.accounts.tickets import Tickets
from storage.rate_limits import EventLimiter
from storage.tracks.hearing import Hearing

log = logging.getLogger(__name__)

PATHS = ("/ws", "/stream")
MAX_SOCKETS = 4
"""Of one listener, on one node."""
MAX_MESSAGE_BYTES = 4_096
COMMANDS = Limit(20, 5)
_LOSSY = ("mp4a.40.2",)
"""Players of this kind expect one codec for a whole track; `quality=lossless` names the other."""
_SEND_BUFFER_BYTES = 131_072  # what hides in the kernel looks like a quick line


def mount(app: web.Application, node: Node, pace: Pace = PACE) -> None:
    """Adds the addresses; open sockets are closed with 1001 when the application stops."""
    streams = StreamSockets(node, pace)
    for path in PATHS:
        app.router.add_get(path, streams.handle)
    app.on_shutdown.append(streams.close_all)


class StreamSockets:
    """Lets listeners in, and keeps count of them."""

    def __init__(self, node: Node, pace: Pace) -> None:
        pool = node.backends.pool
        self._pace = pace
        self._hearing = Hearing(pool)
        self._chunks = node.chunks
        self._tickets = Tickets(pool)
        self._sign_ins = Sessions(pool)
        self._limiter = EventLimiter()
        self._open: set[web.WebSocketResponse] = set()
        self._by_user: Counter[str] = Counter()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serves one socket until it ends."""
        socket = upgraded(request, MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await self._serve(request, socket)
        except HubError as error:
            code = code_of(error)
            await socket.send_json({"type": "error", "code": code, "message": error.message})
            await socket.close(code=CLOSE_CODES.get(code, 1011))
        except ConnectionError:
            log.debug("stream.lost")
        finally:
            self._open.discard(socket)
            if not socket.closed:
                cut(request)
        return socket

    async def close_all(self, _app: web.Application) -> None:
        """Tells every listener that this node goes away."""
        closing = [socket.close(code=1001, message=b"draining") for socket in self._open]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _serve(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        principal = await self._admit(request)
        if self._by_user[principal.user_id] >= MAX_SOCKETS:
            raise RateLimited("Too many streams at once. Close one.")
        self._by_user[principal.user_id] += 1
        try:
            await self._listen(request, socket, principal)
        finally:
            self._by_user[principal.user_id] -= 1
            if self._by_user[principal.user_id] <= 0:
                del self._by_user[principal.user_id]

    async def _listen(
        self, request: web.Request, socket: web.WebSocketResponse, principal: Principal
    ) -> None:
        ref = request.query.get("track_id", "")
        player = await self._player(ref, request.query.get("quality", "auto"), principal)
        refused: Refused | None = None
        start_ms = 0
        try:
            start_ms = read_position_ms(request.query.get("position"))
            player.seek(start_ms)
        except Invalid:
            refused = Refused("BAD_POSITION", "The track is not that long.")
        except Refused as error:
            refused = error
        if refused is not None:
            start_ms = 0
        _bound_send_buffer(request)

        async def may_go_on() -> None:
            await self._standing(principal.user_id, principal.session_id)
            await self._hearing.find(ref, principal)

        listener = StreamListener(
            socket,
            player,
            self._chunks,
            start_ms=start_ms,
            is_binary=request.query.get("binary") == "1",
            may_go_on=may_go_on,
            take_token=lambda: (
                self._limiter.hit(principal.user_id, "stream:command", COMMANDS) is None
            ),
            pace=self._pace,
        )
        await listener.serve(refused)

    async def _player(self, ref: str, quality: str, principal: Principal) -> Player:
        track = await self._hearing.find(ref, principal)
        chosen: Quality = next((known for known in QUALITIES if known == quality), "auto")
        return player_for(track, chosen, None if chosen == "lossless" else _LOSSY)

    async def _admit(self, request: web.Request) -> Principal:
        """Whom the ticket stands for; it is used up by this, whatever comes of it.

        Raises:
            Unauthenticated: no ticket, one that was used or is too old, or an ended sign-in.
        """
        token = request.query.get("token", "")
        ticket = await self._tickets.redeem(token) if 0 < len(token) <= 256 else None
        if ticket is None:
            raise Unauthenticated("Ask POST /api/v1/auth/stream-token for a ticket.")
        return await self._standing(ticket.user_id, ticket.session_id)

    async def _standing(self, user_id: str, session_id: str) -> Principal:
        standing = await self._sign_ins.standing(session_id)
        if standing is None or not standing.is_alive or standing.user_id != user_id:
            raise Unauthenticated("This session has ended. Sign in again.")
        return Principal(
            user_id=standing.user_id,
            session_id=standing.session_id,
            username=standing.username,
            display_name=standing.display_name,
            role=standing.role,
            room_id=standing.room_id,
        )


def _bound_send_buffer(request: web.Request) -> None:
    raw = request.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _SEND_BUFFER_BYTES)

"""The engine: every session of a node, the rooms they are in, and what they are allowed."""

import asyncio
import logging
import secrets
from collections.abc import Collection, Coroutine, Hashable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import web

from hub.engine.consumer import Consumer
from hub.engine.counts import Counts
from hub.engine.delivery import Delivery
from hub.engine.encoded import EncodedEvent
from hub.engine.frames import TEXT, close_payload, frame
from hub.engine.handlers import Handlers
from hub.engine.handshake import (
    BAD_REQUEST,
    SESSION_UNKNOWN,
    Network,
    Opening,
    Refused,
    Request,
    accept_upgrade,
    check_origin,
    client_address,
    is_within,
    open_packet,
    read_opening,
)
from hub.engine.hooks import EngineIO
from hub.engine.http_places import HttpPlaces
from hub.engine.limits import Limits
from hub.engine.link import Link
from hub.engine.peer import Peer
from hub.engine.polling import Polling
from hub.engine.probe import Probe
from hub.engine.session import Session
from hub.engine.websocket import WebSocket
from hub.engine.wheel import Wheel

log = logging.getLogger(__name__)

JSON_PATH = "/socket.io/"
MSGPACK_PATH = "/socket.io-msgpack/"
_PARTING_TURN_S = 0.02


class Engine:
    """Sessions, rooms and delivery of one node. Use it with `async with`.

    Args:
        namespaces: what each Socket.IO namespace does with its links.
        origins: web origins that may connect, lower case; `*` lets all in, an empty list is a
            mistake and refused.
        same_host: a page of the host that is asked may connect, too.
        limits: see there.
        ping_interval_s: from one pong to the next ping.
        ping_timeout_s: from a ping to the end, if no pong comes.
        recovery: gives each link a `pid` and takes it back (connection state recovery).
        trusted_proxies: whose `X-Forwarded-For` is believed.
        paths: Engine.IO paths; True for clients that use socket.io-msgpack-parser.
        delivery: the node's rooms, when something else has been given them already.
    """

    def __init__(
        self,
        *,
        namespaces: Mapping[str, Handlers],
        origins: Collection[str],
        same_host: bool = False,
        limits: Limits | None = None,
        ping_interval_s: float = 25.0,
        ping_timeout_s: float = 20.0,
        recovery: bool = False,
        trusted_proxies: Sequence[Network] = (),
        paths: Mapping[str, bool] | None = None,
        delivery: Delivery | None = None,
    ) -> None:
        if not origins:
            raise ValueError("name the origins that may connect")
        self.namespaces = namespaces
        self.origins = frozenset(origins)
        self.same_host = same_host
        self.limits = limits or Limits()
        self.ping_interval_s = ping_interval_s
        self.ping_timeout_s = ping_timeout_s
        self.recovery = recovery
        self.trusted_proxies = tuple(trusted_proxies)
        self.paths = paths or {JSON_PATH: False, MSGPACK_PATH: True}
        self.counts = Counts()
        self.delivery = delivery or Delivery()
        self.wheel = Wheel(min(0.25, ping_interval_s / 8))
        self.http_places = HttpPlaces(self.limits.http_per_address)
        self.polling = Polling(self)
        self.eio = EngineIO(self.polling.handle, ping_interval_s, ping_timeout_s)
        self.loop: asyncio.AbstractEventLoop
        self._by_address: dict[str, dict[str, Session]] = {}
        self._tasks: asyncio.TaskGroup
        self._running = AsyncExitStack()
        self._closed = False
        self.parting: set[WebSocket] = set()
        """Closed by us; their clients have not closed them yet."""
        self._words_until_s = 0.0
        """What a polling client has not fetched when its session ends is kept so long."""

    async def __aenter__(self) -> "Engine":
        self.loop = asyncio.get_running_loop()
        self._tasks = await self._running.enter_async_context(asyncio.TaskGroup())
        await self._running.enter_async_context(self.wheel)
        return self

    async def __aexit__(self, *exc: Any) -> None:
        self._closed = True
        await self.close_all("draining")
        await asyncio.sleep(0)  # handlers hear of it in the next turn, and are waited for
        await self._running.__aexit__(*exc)

    @property
    def sessions(self) -> dict[str, Session]:
        """By id; python-engineio's own table."""
        sockets: dict[str, Session] = self.eio.sockets
        return sockets

    # -- what the hub does ------------------------------------------------------------------------

    def broadcast(self, room: Hashable, event: EncodedEvent, skip: Collection[Link] = ()) -> None:
        """Sends to everybody in a room, at the end of this tick."""
        self.delivery.broadcast(room, event, skip)

    def join(self, link: Link, room: Hashable) -> None:
        """Puts a link into a room."""
        self.delivery.join(link, room)

    def leave(self, link: Link, room: Hashable) -> None:
        """Takes a link out of a room."""
        self.delivery.leave(link, room)

    async def close_all(self, reason: str, over_s: float = 0.0) -> None:
        """Closes every session, evenly spread over `over_s`, so that they come back spread."""
        sessions = list(self.sessions.values())
        pause_s = over_s / len(sessions) if sessions else 0.0
        for number, session in enumerate(sessions):
            session.end(reason)
            if pause_s and number % 16 == 15:
                await asyncio.sleep(16 * pause_s)

    def refuse_new(self, words_s: float = 0.0) -> None:
        """Opens no session any more: 503, after which a stock client tries again by itself.

        What polling clients have yet to fetch of sessions that end is kept for `words_s`.
        """
        self._closed = True
        self._words_until_s = self.loop.time() + words_s

    async def parted(self, within_s: float) -> None:
        """Waits until the clients of closed sessions have heard so, or nobody waits for them.

        Going before they have would take our last words with us: a kernel that gets bytes for a
        socket that nobody has any more answers with a reset, and drops what was not read.
        """
        until_s = self.loop.time() + within_s
        while (self.parting or self.sessions) and self.loop.time() < until_s:  # noqa: ASYNC110 -- two sets, some s
            await asyncio.sleep(_PARTING_TURN_S)

    async def handle_http(self, request: web.Request) -> web.StreamResponse:
        """Answers requests of the Engine.IO paths; route all methods here (`aiohttp.web`)."""
        return await self.polling.handle(request)

    # -- sessions ---------------------------------------------------------------------------------

    def check(self, request: Request) -> Opening:
        """Origin, transport and protocol version of a request.

        Raises:
            Refused: with the status and body to answer.
        """
        self.check_origin(request)
        return read_opening(request.query)

    def check_origin(self, request: Request) -> None:
        """Whether a page of that origin may come here.

        Raises:
            Refused: 403.
        """
        check_origin(request.headers, self.origins, same_host=self.same_host)

    def open_websocket(
        self, transport: asyncio.Transport, request: Request, peer_address: str
    ) -> WebSocket:
        """Answers an upgrade: the protocol that the connection has from now on.

        Raises:
            Refused: the request opens nothing.
        """
        opening = self.check(request)
        if opening.transport != "websocket":
            raise Refused(SESSION_UNKNOWN)
        response = accept_upgrade(request)
        address = self.address_of(request.headers, peer_address)
        if opening.sid is not None:
            session = self.find(opening.sid, address)
            websocket = WebSocket(transport, self.limits, self.wheel, self.parting)
            websocket.owner = Probe(self, session, websocket)
            websocket.write(response)
            if session.upgraded or session.upgrading:
                websocket.close(close_payload(1008, "the session has a WebSocket"))
            return websocket
        websocket = WebSocket(transport, self.limits, self.wheel, self.parting)
        session = self.new_session(address, packed=self.paths[request.path])
        first = frame(TEXT, self.open_packet(session, upgrades=()))
        websocket.write(response + first)
        session.use_websocket(websocket)
        return websocket

    def new_session(self, address: str, *, packed: bool) -> Session:
        """A session that has yet to get its transport.

        Raises:
            Refused: 503, the engine is closing.
        """
        if self._closed:
            raise Refused(BAD_REQUEST, 503)
        self._make_room(address)
        sid = self.new_id()
        session = Session(self, sid, address, packed=packed)
        self.sessions[sid] = session
        self._by_address.setdefault(address, {})[sid] = session
        session.consumer = self.consume(session)
        session.start_heartbeat()
        self.counts.opened += 1
        return session

    def consume(self, session: Session) -> Consumer:
        """What runs over a session."""
        return Peer(self, session)

    def find(self, sid: str, address: str) -> Session:
        """The open session of that id, for the address that opened it only.

        Raises:
            Refused: there is none.
        """
        session = self.sessions.get(sid)
        if session is None or session.closed or session.address != address:
            raise Refused(SESSION_UNKNOWN)
        return session

    def open_packet(self, session: Session, *, upgrades: Sequence[str]) -> bytes:
        """Engine.IO's first packet to a session."""
        settings = {
            "pingInterval": round(self.ping_interval_s * 1000),
            "pingTimeout": round(self.ping_timeout_s * 1000),
            "maxPayload": self.limits.message_bytes,
        }
        return open_packet(session.sid, upgrades=upgrades, settings=settings)

    def address_of(self, headers: Mapping[str, str], peer: str) -> str:
        """Where a request comes from."""
        return client_address(peer, headers, self.trusted_proxies)

    def is_trusted_proxy(self, address: str) -> bool:
        """Whether a connection from there stands for many clients."""
        return bool(self.trusted_proxies) and is_within(address, self.trusted_proxies)

    def forget(self, session: Session) -> None:
        """Drops a session that has ended."""
        if not session.parting:
            self.sessions.pop(session.sid, None)
        else:
            words_s = self._words_until_s - self.loop.time() if session.unsent_bytes else 0.0
            self.wheel.after(max(self.limits.linger_s, words_s), lambda: self.part(session))
        of_address = self._by_address.get(session.address, {})
        of_address.pop(session.sid, None)
        if not of_address:
            self._by_address.pop(session.address, None)

    def part(self, session: Session) -> None:
        """Drops a session whose last words have been fetched, or never will be."""
        session.parting = False
        self.sessions.pop(session.sid, None)

    def new_id(self) -> str:
        """120 random bits in 20 URL-safe characters."""
        return secrets.token_urlsafe(15)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a handler's coroutine, which must not raise, as a task of the engine."""
        self._tasks.create_task(work)

    def _make_room(self, address: str) -> None:
        most = self.limits.sessions_per_address
        of_address = self._by_address.get(address)
        if most is not None and of_address is not None and len(of_address) >= most:
            next(iter(of_address.values())).end("rate_limited")

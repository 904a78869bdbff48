"""Long-polling: Engine.IO over plain HTTP requests, as an aiohttp handler."""

import asyncio
import base64
import binascii
from typing import TYPE_CHECKING

from aiohttp import web

from hub.engine.handshake import (
    BAD_METHOD,
    BAD_REQUEST,
    SESSION_UNKNOWN,
    TRANSPORT_UNKNOWN,
    Refused,
    Request,
    is_upgrade,
)
from hub.engine.hooks import Payload, QueueEmpty
from hub.engine.poll_answer import PollAnswer
from hub.engine.polled import most_polled
from hub.engine.session import Session

if TYPE_CHECKING:
    from hub.engine.engine import Engine

SEPARATOR = b"\x1e"
_NO_STORE = {"Cache-Control": "no-store"}
_FAULTS = ("protocol_error", "too_big")
"""Ends that the content of a POST has brought about: its answer says so."""
MAX_PACKETS = 1_000
"""In one POST; python-engineio's own 16 cuts off a stock client that was busy."""
POST_OVERHEAD = 2
"""A POST may be this many times a message's limit: base64, and several small packets. Each packet
has the limit of a WebSocket message."""


class Polling:
    """Answers GET (poll), POST (push) and OPTIONS (CORS) of the Engine.IO paths."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request; what opens no session is answered in the official server's words."""
        asked = Request(
            request.method,
            request.path,
            request.query,
            {name.lower(): value for name, value in request.headers.items()},
        )
        cors: dict[str, str] = {}
        try:
            opening = None
            if request.method == "OPTIONS":
                self._engine.check_origin(asked)
            else:
                opening = self._engine.check(asked)
            cors = _cors(request)
            if opening is None:
                return web.Response(status=204, headers=cors)
            if opening.transport == "websocket" and is_upgrade(asked):
                return self._hand_over(request, asked)
            if opening.transport != "polling":
                raise Refused(BAD_REQUEST if opening.sid is None else TRANSPORT_UNKNOWN)
            address = self._engine.address_of(asked.headers, request.remote or "")
            if opening.sid is None:
                body = self._open(request, address)
            elif request.method == "GET":
                session = self._find(opening.sid, address, parting=True)
                body = await self._poll(request, session)
                return PollAnswer(session, body, cors | _NO_STORE)
            elif request.method == "POST":
                session = self._find(opening.sid, address, parting=False)
                body = await self._push(request, session)
            else:
                raise Refused(BAD_METHOD)
        except Refused as refused:
            return web.Response(
                body=refused.body,
                status=refused.status,
                content_type="application/json",
                headers=cors,
            )
        return web.Response(
            body=body,
            content_type="text/plain",
            charset="UTF-8",
            headers=cors | _NO_STORE,
        )

    def _hand_over(self, request: web.Request, asked: Request) -> web.StreamResponse:
        """Makes a WebSocket of a connection that has carried other requests before.

        Browsers open a new one, which the door sees first; proxies that keep theirs do not.
        """
        protocol, transport = request.protocol, request.transport
        if transport is None or transport.is_closing():
            raise Refused(BAD_REQUEST)
        websocket = self._engine.open_websocket(transport, asked, request.remote or "")
        transport.set_protocol(websocket)
        protocol.transport = None  # or aiohttp would close it, too
        protocol.connection_lost(None)
        return web.Response()  # for nobody: to aiohttp its client has gone

    def _open(self, request: web.Request, address: str) -> bytes:
        if request.method != "GET":
            raise Refused(BAD_METHOD)
        engine = self._engine
        session = engine.new_session(address, packed=engine.paths[request.path])
        session.use_polling()
        session.most_polled = most_polled(request.headers.get("User-Agent", ""))
        return engine.open_packet(session, upgrades=("websocket",))

    def _find(self, sid: str, address: str, *, parting: bool) -> Session:
        """The polling session of that id; with `parting` also one with words left to fetch."""
        session = self._engine.sessions.get(sid)
        if parting and session is not None and session.parting and session.address == address:
            return session
        session = self._engine.find(sid, address)
        if session.upgraded:
            raise Refused(BAD_REQUEST)
        if session.is_overdue(self._engine.loop.time()):
            session.end("ping timeout")
            raise Refused(SESSION_UNKNOWN)
        return session

    async def _poll(self, request: web.Request, session: Session) -> bytes:
        if session.poll_waiting or session.answering:
            # Two polls at once: which would get what is anybody's guess.
            session.end("protocol_error")
            raise Refused(BAD_REQUEST)
        session.poll_waiting = True
        try:
            packets = await session.poll()
        except QueueEmpty:
            session.end("transport close")
            raise Refused(BAD_REQUEST) from None
        finally:
            session.poll_waiting = False
        session.answering = True  # until it is written
        if request.transport is None:  # who asked has gone, and what we took with him
            session.end("transport close")
        payload: str = Payload(packets=packets).encode()
        return payload.encode()

    async def _push(self, request: web.Request, session: Session) -> bytes:
        body = await self._read(request)
        parts = body.split(SEPARATOR)
        if len(parts) > MAX_PACKETS:
            session.end("protocol_error")
        for part in parts:
            if session.closed:
                break
            self._receive(session, part)
        if session.ended_by in _FAULTS:
            session.parting = False
            raise Refused(BAD_REQUEST)
        return b"ok"

    def _receive(self, session: Session, part: bytes) -> None:
        most = self._engine.limits.message_bytes
        if not part.startswith(b"b"):
            if len(part) > most:
                session.end("too_big")
            else:
                session.text(part)
            return
        try:
            payload = base64.b64decode(part[1:], validate=True)
        except binascii.Error:
            session.refuse_packet("binary that is not base64")
            return
        if len(payload) > most:
            session.end("too_big")
        else:
            session.binary(payload)

    async def _read(self, request: web.Request) -> bytes:
        """The whole body, however many TCP segments it comes in.

        Raises:
            Refused: too big, too slow, or not UTF-8.
        """
        most = POST_OVERHEAD * self._engine.limits.message_bytes
        if (request.content_length or 0) > most:
            raise Refused(BAD_REQUEST, 413)
        body = bytearray()
        try:
            async with asyncio.timeout(self._engine.limits.post_within_s):
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > most:
                        raise Refused(BAD_REQUEST, 413)
        except TimeoutError:
            raise Refused(BAD_REQUEST, 408) from None
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Refused(BAD_REQUEST) from None
        return bytes(body)


def _cors(request: web.Request) -> dict[str, str]:
    """What a browser of another, listed origin has to read before it shows the answer."""
    origin = request.headers.get("Origin")
    if origin is None:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": request.headers.get(
            "Access-Control-Request-Headers", "Content-Type"
        ),
        "Vary": "Origin",
    }

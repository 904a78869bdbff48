"""The door for sockets: who may come in, what he is told first, and how he leaves."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from hub import wire
from hub.dispatch import Dispatcher, refused
from hub.engine import Accept, Limits, Link, Refuse
from hub.fanout import Fanout
from hub.metrics import SESSIONS, SLOW_CONSUMERS
from hub.presence import Presence
from hub.sessions import Session, Sessions
from rooms.access import Principal
from rooms.chat import MAX_MESSAGE_CHARS
from rooms.errors import HubError, Invalid, Unauthenticated, Unavailable
from rooms.ids import Uuid
from rooms.times import iso
from storage.postgres import answering
from storage.sessions import Sessions as SignIns

log = logging.getLogger(__name__)

PROTOCOL = 1
FEATURES = ("resume",)
EXPIRING_MS = 60_000
"""A socket is told this long before its token expires."""
SOCKETS_PER_USER = 20
"""Of one user on one node; the oldest goes to let the newest in, and is told not to come back."""

Authenticate = Callable[[str], Awaitable[Principal]]


class ClientName(Struct, frozen=True):
    """Which program connects."""

    name: Annotated[str, Meta(max_length=64)] = "unknown"
    version: Annotated[str, Meta(max_length=32)] = ""


class Auth(Struct, frozen=True, kw_only=True):
    """The `auth` object of CONNECT."""

    token: Annotated[str, Meta(max_length=8192)]
    device_id: Uuid | None = None
    client: ClientName = ClientName()
    protocol: int = PROTOCOL


class Door:
    """Lets sockets in and out: the engine's handlers of the one namespace."""

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        dispatcher: Dispatcher,
        sessions: Sessions,
        fanout: Fanout,
        presence: Presence,
        limits: Mapping[str, Any],
        sockets_per_user: int | None = SOCKETS_PER_USER,
        leaving: Sequence[Callable[[Session], None]] = (),
    ) -> None:
        self._authenticate = authenticate
        self._dispatcher = dispatcher
        self._sessions = sessions
        self._fanout = fanout
        self._presence = presence
        self._limits = limits
        self._sockets_per_user = sockets_per_user
        self._leaving = leaving
        self.draining = False

    async def on_connect(self, link: Link, auth: dict[str, Any]) -> Accept | Refuse:
        """Checks token and protocol; says hello, the first event after CONNECT."""
        try:
            with answering():
                session = await self._admit(link, auth)
                await self._presence.connected(session)
        except HubError as error:
            return Refuse(error.as_dict())
        self._make_room(session)
        self._sessions.add(session)
        SESSIONS.set(len(self._sessions))
        link.data = session
        return Accept(replay=[wire.event_frame("hello", wire.encode(self._hello(session)))])

    def on_event(
        self, link: Link, name: str, args: Sequence[Any], ack_id: int | None
    ) -> Awaitable[None] | None:
        """Answers one call of a socket that has been let in."""
        return self._dispatcher.handle(link.data, name, args, ack_id)

    async def on_disconnect(self, link: Link, reason: str) -> None:
        """Forgets a socket; its user stays present for a moment."""
        session: Session = link.data
        if reason == "slow_consumer":
            SLOW_CONSUMERS.inc()
        self._sessions.remove(session)
        SESSIONS.set(len(self._sessions))
        for forget in self._leaving:
            forget(session)
        await self._fanout.leave_all(session)
        try:
            with answering():
                await self._presence.disconnected(session)
        except Unavailable:
            log.warning("door.last_seen_lost")

    async def _admit(self, link: Link, auth: Any) -> Session:
        """The session of a caller who may come in.

        Raises:
            HubError: why not, which the client finds in `connect_error.data`.
        """
        if self.draining:
            raise Unavailable("This node is stopping.", "SERVER_DRAINING", retry_after_ms=500)
        if not isinstance(auth, dict) or not auth.get("token"):
            raise Unauthenticated("Connect with an access token in `auth.token`.")
        try:
            given = msgspec.convert(auth, Auth)
        except msgspec.ValidationError as error:
            raise refused(error) from None
        if given.protocol != PROTOCOL:
            raise Invalid.field("protocol", "UNSUPPORTED", f"This hub speaks protocol {PROTOCOL}.")
        principal = await self._authenticate(given.token)
        return Session(
            connection_id=link.sid,
            link=link,
            principal=principal,
            device_id=given.device_id,
            kind=given.client.name,
            connected_at_ms=time.time_ns() // 1_000_000,
        )

    def _make_room(self, newest: Session) -> None:
        """Ends a user's oldest sockets when he has too many."""
        if self._sockets_per_user is None:
            return
        of_user = self._sessions.of_user(newest.principal.user_id)
        there = [session for session in of_user if not session.link.closed]
        for oldest in there[: max(0, len(there) - self._sockets_per_user + 1)]:
            oldest.end("too_many_sockets")

    def check_tokens(self, now_ms: int) -> None:
        """Warns sockets whose token is about to expire, and ends those whose token has expired."""
        for session in self._sessions:
            left_ms = session.principal.expires_at_ms - now_ms
            if left_ms <= 0:
                session.end("token_expired")
            elif left_ms <= EXPIRING_MS and session.warned_expiry_ms != (
                session.principal.expires_at_ms
            ):
                session.warned_expiry_ms = session.principal.expires_at_ms
                data = wire.encode({"expires_at": iso(session.principal.expires_at_ms)})
                session.send(wire.event_frame("auth:expiring", data))

    async def end_revoked(self, standings: SignIns) -> None:
        """Ends sockets whose sign-in has been ended elsewhere: logout, ban, a changed password."""
        by_sign_in: dict[str, list[Session]] = {}
        for session in self._sessions:
            by_sign_in.setdefault(session.principal.session_id, []).append(session)
        found = await asyncio.gather(*(standings.standing(one) for one in by_sign_in))
        for sockets, standing in zip(by_sign_in.values(), found, strict=True):
            if standing is None or not standing.is_alive:
                for session in sockets:
                    session.end("token_revoked")

    def announce_drain(self, deadline_ms: int) -> None:
        """Tells every socket to come back elsewhere, spread over some seconds."""
        self.draining = True
        told = {"deadline_ms": deadline_ms, "reconnect_after_ms": 200, "jitter_ms": 1500}
        frame = wire.event_frame("server:draining", wire.encode(told))
        for session in self._sessions:
            session.send(frame)

    def _hello(self, session: Session) -> dict[str, Any]:
        principal = session.principal
        return {
            "connection_id": session.connection_id,
            "user": {
                "id": principal.user_id,
                "username": principal.username,
                "display_name": principal.display_name,
                "is_guest": principal.is_guest,
            },
            "device_id": session.device_id,
            "server_time_ms": time.time_ns() // 1_000_000,
            "protocol": PROTOCOL,
            "features": FEATURES,
            "limits": {
                "message_chars": MAX_MESSAGE_CHARS,
                "event_bytes": Limits().message_bytes,
                **self._limits,
            },
            "reconnect": {"min_ms": 500, "max_ms": 15_000, "jitter": 0.5},
        }

"""The door for sockets: who may come in, what he is told first, and how he leaves."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from api.claims import Claims
from hub import wire
from hub.dispatch import Dispatcher
from hub.door.arrivals import Arrivals, Guest
from hub.door.refusals import refusal
from hub.door.sessions import Session, Sessions
from hub.engine import Accept, EncodedEvent, Limits, Link, Refuse, Resume
from hub.fanout.fanout import Fanout
from hub.metrics import SESSIONS, SLOW_CONSUMERS
from hub.payloads import refused
from hub.presence import Presence
from hub.recovery.resume import Recovery
from rooms.chat.text import MAX_MESSAGE_CHARS
from rooms.errors import HubError, Invalid, Unauthenticated, Unavailable
from rooms.ids import Uuid
from rooms.times import iso

log = logging.getLogger(__name__)

PROTOCOL = 1
FEATURES = ("resume",)
EXPIRING_MS = 60_000
"""A socket is told this long before its token expires."""
SOCKETS_PER_USER = 20
"""Of one user; the oldest goes to let the newest in, and is told not to come back. The door counts
those of its node, at once; `hub/door/crowds.py` those of all nodes, a second later."""


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


class _User(Struct, frozen=True):
    id: str
    username: str
    display_name: str
    is_guest: bool


class _Hello(Struct, frozen=True):
    """Payload of `hello`; what is the same for all is JSON already."""

    connection_id: str
    user: _User
    device_id: str | None
    server_time_ms: int
    protocol: int
    features: Raw
    limits: Raw
    reconnect: Raw
    recovered: bool


class Door:
    """Lets sockets in and out: the engine's handlers of the one namespace."""

    def __init__(
        self,
        *,
        arrivals: Arrivals,
        dispatcher: Dispatcher,
        sessions: Sessions,
        fanout: Fanout,
        presence: Presence,
        limits: Mapping[str, Any],
        sockets_per_user: int | None = SOCKETS_PER_USER,
        leaving: Sequence[Callable[[Session], None]] = (),
        recovery: Recovery | None = None,
        seated: Callable[[str], None] = lambda _user_id: None,
        features: Sequence[str] = (),
    ) -> None:
        self._arrivals = arrivals
        self._dispatcher = dispatcher
        self._sessions = sessions
        self._fanout = fanout
        self._presence = presence
        self._sockets_per_user = sockets_per_user
        self._leaving = leaving
        self._recovery = recovery
        self._seated = seated
        own = FEATURES if recovery is None else (*FEATURES, "recovery")
        self._features = Raw(wire.encode((*own, *features)))
        self._limits = Raw(
            wire.encode(
                {
                    "message_chars": MAX_MESSAGE_CHARS,
                    "event_bytes": Limits().message_bytes,
                    **limits,
                }
            )
        )
        self._reconnect = Raw(wire.encode({"min_ms": 500, "max_ms": 15_000, "jitter": 0.5}))
        self.draining = False

    @property
    def recovers(self) -> bool:
        """Whether clients that dropped are taken back (connection state recovery)."""
        return self._recovery is not None

    def on_connect(
        self, link: Link, auth: dict[str, Any]
    ) -> "Accept | Refuse | Awaitable[Accept | Refuse]":
        """Checks token and protocol; says hello, the first event after CONNECT.

        A connect costs no task: those of one moment are answered together (`arrivals.py`). One
        who was here before gets after `hello` what he has missed.
        """
        outcome: asyncio.Future[Accept | Refuse] = asyncio.get_running_loop().create_future()
        if self.draining:
            link.close("draining")  # a stock client comes back from this, but not from a refusal
        try:
            given = self._read(auth)
            self._arrivals.check(given.token, partial(self._arrived, link, given, outcome))
        except HubError as error:
            return Refuse(refusal(error))
        if self._recovery is not None and link.resume is not None:
            return self._take_back(self._recovery, link, link.resume, outcome)
        return outcome

    async def _take_back(
        self,
        recovery: Recovery,
        link: Link,
        brought: Resume,
        arrived: "asyncio.Future[Accept | Refuse]",
    ) -> Accept | Refuse:
        """One who was here before: he goes on where he was, or hears that he does not."""
        outcome = await arrived
        if isinstance(outcome, Refuse):
            return outcome
        session: Session = link.data
        recovered = await recovery.resume(session, brought)
        if recovered is None:
            return Accept(replay=[self._hello(session)])
        hello = self._hello(session, recovered=True)
        return Accept(replay=[hello, *recovered.replay], sid=recovered.sid, pid=recovered.pid)

    def _arrived(
        self,
        link: Link,
        given: Auth,
        outcome: "asyncio.Future[Accept | Refuse]",
        guest: Guest | HubError,
    ) -> None:
        if isinstance(guest, HubError):
            outcome.set_result(Refuse(refusal(guest)))
            return
        session = self.seat(link, guest, device_id=given.device_id, kind=given.client.name)
        outcome.set_result(Accept(replay=[self._hello(session)]))

    async def admit(self, claims: Claims) -> Guest:
        """Who stands behind claims that came to another door, as his account is now.

        Raises:
            Unauthenticated: his sign-in has ended.
            Unavailable: PostgreSQL cannot be asked.
        """
        answer: asyncio.Future[Guest | HubError] = asyncio.get_running_loop().create_future()

        def settle(found: Guest | HubError) -> None:
            if not answer.done():  # whoever asked has gone
                answer.set_result(found)

        self._arrivals.expect(claims, settle)
        guest = await answer
        if isinstance(guest, HubError):
            raise guest
        return guest

    def seat(self, link: Link, guest: Guest, *, device_id: str | None, kind: str) -> Session:
        """Makes a session of a link that is let in; `on_disconnect` ends it."""
        session = Session(
            connection_id=link.sid,
            link=link,
            principal=guest.principal,
            device_id=device_id,
            kind=kind,
            connected_at_ms=time.time_ns() // 1_000_000,
        )
        session.hidden = guest.hidden
        link.data = session
        self._presence.connected(session, guest.chosen)
        self._make_room(session)
        self._sessions.add(session)
        SESSIONS.set(len(self._sessions))
        self._seated(guest.principal.user_id)
        return session

    def on_event(
        self, link: Link, name: str, args: Sequence[Any], ack_id: int | None
    ) -> Awaitable[None] | None:
        """Answers one call of a socket that has been let in."""
        return self._dispatcher.handle(link.data, name, args, ack_id)

    def on_disconnect(self, link: Link, reason: str) -> Awaitable[None] | None:
        """Forgets a socket; its user stays present for a moment."""
        session: Session = link.data
        link.data = None  # nothing is left for the collector to find
        if reason == "slow_consumer":
            SLOW_CONSUMERS.inc()
        self._sessions.remove(session)
        SESSIONS.set(len(self._sessions))
        for forget in self._leaving:
            forget(session)
        if self._recovery is not None:
            self._recovery.gone(session, reason)
        self._presence.disconnected(session, silent=reason == "ping timeout")
        return self._fanout.leave_all(session) if session.streams else None

    def _read(self, auth: Any) -> Auth:
        """What the caller brings.

        Raises:
            HubError: why he may not come in, which he finds in `connect_error.data`.
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
        return given

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

    def announce_drain(self, deadline_ms: int) -> None:
        """Tells every socket that it will have to come back elsewhere, soon after its end.

        Their ends are spread already (`hub/drain.py`), so that a little jitter is enough.
        """
        self.draining = True
        told = {"deadline_ms": deadline_ms, "reconnect_after_ms": 100, "jitter_ms": 400}
        frame = wire.event_frame("server:draining", wire.encode(told))
        for session in self._sessions:
            session.send(frame)

    def _hello(self, session: Session, *, recovered: bool = False) -> EncodedEvent:
        who = session.principal
        hello = _Hello(
            connection_id=session.connection_id,
            user=_User(who.user_id, who.username, who.display_name, who.is_guest),
            device_id=session.device_id,
            server_time_ms=time.time_ns() // 1_000_000,
            protocol=PROTOCOL,
            features=self._features,
            limits=self._limits,
            reconnect=self._reconnect,
            recovered=recovered,
        )
        return wire.event_frame("hello", wire.encode(hello))

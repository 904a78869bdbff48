"""Calls that steer a connection: clock, token, streams, device, typing, reading, presence."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from hub.access import check_room
from hub.calls.call import Answer, Call, Shape
from hub.calls.typing import Typing
from hub.door.sessions import Session
from hub.fanout.deliveries import Acked, Deliveries
from hub.presence import Presence
from hub.streams.streams import (
    StreamAck,
    Streams,
    Subscribe,
    Subscribed,
    Unsubscribe,
    as_ack,
)
from rooms.access import Principal
from rooms.errors import Forbidden, Invalid, Unauthenticated
from rooms.feature import Limit
from rooms.ids import Uuid, room_stream, user_stream
from rooms.times import iso
from storage.accounts.devices import KnownDevice, remember
from storage.backends import Pool
from storage.bus import Bus
from storage.messages import watermarks

Authenticate = Callable[[str], Awaitable[Principal]]
"""Checks an access token and that its session still lives; raises Unauthenticated."""


class ClockPing(Struct, frozen=True):
    """One exchange of the clock; `t0` is the client's and comes back as it was."""

    t0: float


class RefreshAuth(Struct, frozen=True):
    """A newer token for the same user."""

    token: Annotated[str, Meta(max_length=8192)]


class UpdateDevice(Struct, frozen=True, kw_only=True):
    """What this device is: kept for user and device, what is left out stays as it was."""

    name: Annotated[str, Meta(max_length=80)] | None = None
    kind: Annotated[str, Meta(max_length=32)]
    output_latency_ms: Annotated[int, Meta(ge=-2000, le=5000)] | None = None


class StartTyping(Struct, frozen=True):
    """The user types in a room: to be said again each 3 s. Said more often, it adds nothing."""

    room_id: Uuid


class StopTyping(Struct, frozen=True):
    """The user types no more; a message says so, too."""

    room_id: Uuid


class MarkRead(Struct, frozen=True):
    """Everything up to `seq` has been read."""

    room_id: Uuid
    seq: Annotated[int, Meta(ge=0, le=2**53)]


class ClockReading(Struct, frozen=True):
    """Unix ms of the hub, with fractions: `t1` on arrival, `t2` as late as it can be said."""

    t0: float
    t1: float
    t2: float


class TokenRenewed(Struct, frozen=True):
    """When the newer token runs out, ISO 8601."""

    expires_at: str


CONTROLS: Mapping[str, Shape] = {
    "clock:ping": Shape(ClockPing, Limit(100, 5), ClockReading),
    "auth:refresh": Shape(RefreshAuth, Limit(10, 60), TokenRenewed),
    "stream:subscribe": Shape(Subscribe, Limit(50, 10), Subscribed),
    "stream:unsubscribe": Shape(Unsubscribe, Limit(50, 10)),
    "stream:ack": Shape(StreamAck, Limit(50, 10), Acked),
    "device:update": Shape(UpdateDevice, Limit(10, 10), KnownDevice),
    "typing:start": Shape(StartTyping, Limit(10, 10)),
    "typing:stop": Shape(StopTyping, Limit(10, 10)),
    "read:mark": Shape(MarkRead, Limit(50, 10), watermarks.ReadMark),
}


class Controls:
    """The handlers of these calls."""

    def __init__(
        self,
        *,
        pool: Pool,
        bus: Bus,
        streams: Streams,
        presence: Presence,
        typing: Typing,
        deliveries: Deliveries,
        is_auditorium: Callable[[str], bool],
        authenticate: Authenticate,
    ) -> None:
        self._pool = pool
        self._bus = bus
        self._streams = streams
        self._presence = presence
        self._typing = typing
        self._is_auditorium = is_auditorium
        self._deliveries = deliveries
        self._authenticate = authenticate

    def calls(self) -> Mapping[str, Call]:
        """Every call by wire name, with its schema and limit."""
        handlers: dict[str, Answer] = {
            "clock:ping": self._clock_ping,
            "auth:refresh": self._refresh,
            "stream:subscribe": self._subscribe,
            "stream:unsubscribe": self._unsubscribe,
            "device:update": self._update_device,
            "typing:start": self._typing_start,
            "typing:stop": self._typing_stop,
            "read:mark": self._mark_read,
        }
        after = {"stream:subscribe": self._subscribed}
        calls = {
            name: Call(CONTROLS[name], answer, after.get(name)) for name, answer in handlers.items()
        }
        return calls | {"stream:ack": Call(CONTROLS["stream:ack"], begin=self._deliveries.ack)}

    async def _clock_ping(self, _session: Session, ping: ClockPing) -> ClockReading:
        t1 = time.time_ns() / 1e6
        return ClockReading(ping.t0, t1, time.time_ns() / 1e6)

    async def _refresh(self, session: Session, command: RefreshAuth) -> TokenRenewed:
        principal = await self._authenticate(command.token)
        if principal.user_id != session.principal.user_id:
            raise Unauthenticated("This token belongs to somebody else.")
        session.principal = principal
        return TokenRenewed(iso(principal.expires_at_ms))

    async def _subscribe(self, session: Session, command: Subscribe) -> bytes:
        answer = await self._streams.subscribe(session, command)
        self._streams.place(session, command.stream.lower(), answer)
        session.subscribed_to = (command.stream.lower(), answer)
        return as_ack(answer)

    def _subscribed(self, session: Session, command: Subscribe, _ack: bytes) -> None:
        """The ack is on its way: what happens now comes live after it."""
        stream, answer = session.subscribed_to or ("", None)
        session.subscribed_to = None
        if isinstance(answer, Subscribed) and not answer.more:
            self._streams.go_live(session, stream, answer.seq)
            if stream.startswith("room:"):
                self._presence.entered(session, stream.partition(":")[2])

    async def _unsubscribe(self, session: Session, command: Unsubscribe) -> dict[str, Any]:
        stream = command.stream.lower()
        await self._streams.unsubscribe(session, command)
        if stream.startswith("room:"):
            self._presence.left(session, stream.partition(":")[2])
        return {}

    async def _update_device(self, session: Session, command: UpdateDevice) -> KnownDevice:
        if session.device_id is None:
            raise Invalid.field("device_id", "REQUIRED", "Connect with a device_id first.")
        said = KnownDevice(
            device_id=session.device_id,
            name=command.name,
            kind=command.kind,
            output_latency_ms=command.output_latency_ms,
        )
        known = await remember(self._pool, session.principal.user_id, said)
        session.kind = known.kind
        self._presence.changed(session)
        return known

    async def _typing_start(self, session: Session, command: StartTyping) -> dict[str, Any]:
        return await self._type(session, command.room_id.lower(), on=True)

    async def _typing_stop(self, session: Session, command: StopTyping) -> dict[str, Any]:
        return await self._type(session, command.room_id.lower(), on=False)

    async def _type(self, session: Session, room_id: str, *, on: bool) -> dict[str, Any]:
        entry = await check_room(self._pool, room_id, session.principal)
        if entry.state != "joined":
            raise Forbidden("Join the room first.")
        hides = self._presence.is_invisible(session.principal.user_id)
        if not hides and not self._is_auditorium(room_id):
            self._typing.set(self._bus, room_id, session.principal.user_id, on)
        return {}

    async def _mark_read(self, session: Session, command: MarkRead) -> watermarks.ReadMark:
        room_id, user_id = command.room_id.lower(), session.principal.user_id
        await check_room(self._pool, room_id, session.principal)
        shown = not self._presence.is_invisible(user_id)
        mark = await watermarks.mark_read(self._pool, room_id, user_id, command.seq, shown=shown)
        if mark is None:
            raise Forbidden("Join the room first.")
        if shown and not self._is_auditorium(room_id):
            read = {"user_id": user_id, "seq": mark.last_read_seq}
            self._bus.publish_nowait(room_stream(room_id), "read:updated", read)
        self._bus.publish_nowait(user_stream(user_id), "unread:updated", mark)
        return mark

"""From an event's name and arguments to its ack: one door for everything a socket asks.

Room commands go to the committer; the rest (`hub/calls`) are calls with a schema
and a handler. Every call gets exactly one ack, and no input ends the connection.
"""

import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from prometheus_client import Counter

from hub import wire
from hub.calls.call import Answer, Call
from hub.door.sessions import Session
from hub.metrics import COMMAND_SECONDS, COMMANDS
from hub.payloads import decode
from rooms.errors import HubError, Invalid, NotFound, Unavailable
from rooms.feature import Command, Feature, Limit
from storage.backends import Pool
from storage.commit import Committed, Committer
from storage.messages.pages import room_of_message
from storage.postgres import answering
from storage.rate_limits import EventLimiter
from storage.rooms.membership import room_of_invitation

log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 256
"""Unanswered calls of one socket; beyond, RATE_LIMITED: its owner should wait for answers."""

Present = Callable[[str], tuple[str, ...]]


class Dispatcher:
    """Answers the calls of sessions."""

    def __init__(
        self,
        *,
        pool: Pool,
        features: Sequence[Feature],
        calls: Mapping[str, Call],
        committer: Committer,
        limiter: EventLimiter,
        present: Present,
        all_present: Present,
        listening: Present,
    ) -> None:
        self._pool = pool
        self._calls = calls
        self._committer = committer
        self._limiter = limiter
        self._present = present
        self._all_present = all_present
        self._listening = listening
        self._commands: dict[str, tuple[Feature, Command]] = {
            name: (feature, command)
            for feature in features
            for name, command in feature.commands.items()
            if not command.internal
        }
        self._counters: dict[tuple[str, str], Counter] = {}

    def limits(self) -> dict[str, list[int]]:
        """Token buckets by event, as [count, per_s], for `hello.limits`."""
        specs = {name: command.limit for name, (_, command) in self._commands.items()}
        specs |= {name: call.shape.limit for name, call in self._calls.items()}
        return {n: [limit.count, limit.per_s] for n, limit in specs.items() if limit is not None}

    def handle(
        self, session: Session, name: str, args: Sequence[Any], ack_id: int | None
    ) -> Awaitable[None] | None:
        """Answers one call, now or later; never raises. Without an ack id it is only counted.

        A room command costs no task: the committer calls back with its answer. Whatever else has
        to wait is returned, and the caller runs it.
        """
        asked = _Asked(self, session, name, ack_id)
        try:
            if session.leaving:
                raise Unavailable("This node is stopping.", "SERVER_DRAINING", retry_after_ms=500)
            if session.in_flight > MAX_IN_FLIGHT:
                raise HubError(
                    "Too many unanswered calls on this connection.", "RATE_LIMITED", status=429
                )
            if (command := self._commands.get(name)) is not None:
                return self._take_command(asked, *command, args)
            call = self._calls.get(name)
            if call is None:
                raise Invalid.field("event", "UNKNOWN_EVENT", f"There is no event {name[:64]!r}.")
            self._limit(session, name, call.shape.limit)
            payload = decode(args, call.shape.payload)
            if call.answer is not None:
                return self._answer(asked, call.answer, call, payload)
            assert call.begin is not None
            if ack_id is not None:
                call.begin(session, payload, asked.take)
            else:
                call.begin(session, payload, None)
                asked.answer(b"")
            return None
        except Exception as error:  # noqa: BLE001 -- the loop that must live
            asked.refuse(error)
            return None

    def count(self, name: str, code: str, seconds: float) -> None:
        """Notes an answered call."""
        known = name if name in self._commands or name in self._calls else "unknown"
        counter = self._counters.get((known, code))
        if counter is None:  # a lookup by labels takes 2 us
            counter = self._counters[(known, code)] = COMMANDS.labels(known, code)
        counter.inc()
        COMMAND_SECONDS.observe(seconds)

    async def _answer(self, asked: "_Asked", answer: Answer, call: Call, payload: Any) -> None:
        try:
            with answering():
                data = await answer(asked.session, payload)
            body = data if isinstance(data, bytes) else wire.success(data)
        except Exception as error:  # noqa: BLE001 -- as above
            asked.refuse(error)
            return
        asked.answer(body)
        if call.after is not None:
            call.after(asked.session, payload, data)

    def _take_command(
        self, asked: "_Asked", feature: Feature, command: Command, args: Sequence[Any]
    ) -> Awaitable[None] | None:
        self._limit(asked.session, asked.name, command.limit)
        payload = decode(args, command.payload)
        room_id = getattr(payload, "room_id", None)
        if room_id is None and asked.name != "room:create":
            return self._find_room(asked, feature, command, payload)
        self._enter(asked, feature, command, payload, room_id)
        return None

    async def _find_room(
        self, asked: "_Asked", feature: Feature, command: Command, payload: Any
    ) -> None:
        try:
            self._enter(asked, feature, command, payload, await self._room_of(payload))
        except Exception as error:  # noqa: BLE001 -- as above
            asked.refuse(error)

    def _enter(
        self,
        asked: "_Asked",
        feature: Feature,
        command: Command,
        payload: Any,
        room_id: str | None,
    ) -> None:
        session = asked.session
        guest_room = session.principal.room_id
        if guest_room is not None and (room_id or "").lower() != guest_room:
            raise NotFound("There is no such room.")
        self._committer.enter(
            asked.name,
            payload,
            room_id=room_id,
            actor=session.actor,
            op_id=getattr(payload, "op_id", None) or getattr(payload, "client_id", None),
            present=self._there(feature, command, room_id),
            settle=asked.settle,
        )

    def _there(self, feature: Feature, command: Command, room_id: str | None) -> tuple[str, ...]:
        if room_id is None or not feature.looks_around:
            return ()
        if command.of_listeners:
            return self._listening(room_id)
        return (self._all_present if command.of_all else self._present)(room_id)

    async def _room_of(self, payload: Struct) -> str:
        """The room of a command that names it by an invitation or a message only."""
        message_id = getattr(payload, "message_id", None)
        if message_id is not None:
            with answering():
                room_of = await room_of_message(self._pool, message_id)
            if room_of is None:
                raise NotFound("There is no such message.")
            return room_of
        token = getattr(payload, "invite_token", None) or getattr(payload, "token", None)
        if token is None:
            raise Invalid.field("room_id", "REQUIRED", "Say which room: room_id or invite_token.")
        with answering():
            room_id = await room_of_invitation(self._pool, token)
        if room_id is None:
            raise NotFound("This invitation does not exist.")
        return room_id

    def _limit(self, session: Session, name: str, limit: Limit | None) -> None:
        if limit is None:
            return
        retry_after_ms = self._limiter.hit(session.principal.user_id, name, limit)
        if retry_after_ms is not None:
            raise HubError(
                "That was too quick. Wait a moment.",
                "RATE_LIMITED",
                status=429,
                retry_after_ms=retry_after_ms,
            )


class _Asked:
    """A call that is owed exactly one answer."""

    __slots__ = ("_ack_id", "_dispatcher", "_since_s", "name", "session")

    def __init__(
        self, dispatcher: Dispatcher, session: Session, name: str, ack_id: int | None
    ) -> None:
        self._dispatcher = dispatcher
        self._ack_id = ack_id
        self._since_s = time.perf_counter()
        self.session = session
        self.name = name
        session.in_flight += 1

    def settle(self, result: Committed | HubError) -> None:
        """Takes what became of a room command."""
        if isinstance(result, HubError):
            self.refuse(result)
        else:
            self.answer(wire.success(result.data, result.seq))

    def take(self, data: Any) -> None:
        """Takes what became of a call that was begun."""
        if isinstance(data, HubError):
            self.refuse(data)
        else:
            self.answer(wire.success(data))

    def answer(self, body: bytes, code: str = "OK") -> None:
        """Sends the ack."""
        self.session.in_flight -= 1
        self._dispatcher.count(self.name, code, time.perf_counter() - self._since_s)
        if self._ack_id is not None:
            self.session.ack(self._ack_id, body)

    def refuse(self, error: Exception) -> None:
        """Answers with an error; what nobody foresaw is logged and called INTERNAL."""
        request_id = str(uuid.uuid4())
        if not isinstance(error, HubError):
            fields = {"event": self.name, "request_id": request_id}
            log.error("dispatch.failed", extra=fields, exc_info=error)
            error = HubError("Something went wrong on our side. It has been logged.")
        elif error.status >= 500 and not error.temporary:
            log.error("dispatch.failed", extra={"event": self.name}, exc_info=error)
        self.answer(wire.failure(error, request_id), error.code)

"""From an event's name and arguments to its ack: one door for everything a socket asks.

Room commands go to the committer; the rest (`hub/controls.py`, `hub/queries.py`) are calls with a
schema and a handler. Every call gets exactly one ack, and no input ends the connection.
"""

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from hub import wire
from hub.metrics import COMMAND_SECONDS, COMMANDS
from hub.sessions import Session
from rooms.errors import FieldError, HubError, Invalid, NotFound
from rooms.feature import Command, Feature, Limit
from storage.backends import Pool
from storage.commit import Committer
from storage.membership import room_of_invitation
from storage.postgres import answering
from storage.rate_limits import EventLimiter

log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 256
"""Unanswered calls of one socket; beyond, RATE_LIMITED: its owner should wait for answers."""

_PATH = re.compile(r" - at `\$?\.?(?P<path>[^`]*)`$")


class Shape(Struct, frozen=True):
    """What a call that is no room command looks like."""

    payload: type[Struct]
    limit: Limit
    data: Any = None
    """Type of the ack's `data`; None: an empty object."""


Answer = Callable[[Session, Any], Awaitable[Any]]
"""Returns the ack's `data`, or bytes: an ack already encoded."""


class Call(Struct, frozen=True):
    """A shape and who answers it."""

    shape: Shape
    answer: Answer
    after: Callable[[Session, Any, Any], None] | None = None
    """Runs right after the ack was sent, with payload and answer."""


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
    ) -> None:
        self._pool = pool
        self._calls = calls
        self._committer = committer
        self._limiter = limiter
        self._present = present
        self._commands: dict[str, tuple[Feature, Command]] = {
            name: (feature, command)
            for feature in features
            for name, command in feature.commands.items()
            if not command.internal
        }

    def limits(self) -> dict[str, list[int]]:
        """Token buckets by event, as [count, per_s], for `hello.limits`."""
        specs = {name: command.limit for name, (_, command) in self._commands.items()}
        specs |= {name: call.shape.limit for name, call in self._calls.items()}
        return {n: [limit.count, limit.per_s] for n, limit in specs.items() if limit is not None}

    async def handle(
        self, session: Session, name: str, args: Sequence[Any], ack_id: int | None
    ) -> None:
        """Answers one call; never raises. Without an ack id the answer is only counted."""
        started_s = time.perf_counter()
        after: Callable[[], None] | None = None
        code = "OK"
        session.in_flight += 1
        try:
            body, after = await self._answer(session, name, args)
        except HubError as error:
            code = error.code
            body = wire.failure(error, _request_id())
            if error.status >= 500 and not error.temporary:
                log.error("dispatch.failed", extra={"event": name}, exc_info=error)
        except Exception:  # the loop that must live: one broken handler is one INTERNAL ack
            request_id = _request_id()
            log.exception("dispatch.failed", extra={"event": name, "request_id": request_id})
            code = "INTERNAL"
            broken = HubError("Something went wrong on our side. It has been logged.")
            body = wire.failure(broken, request_id)
        finally:
            session.in_flight -= 1
        known = name if name in self._commands or name in self._calls else "unknown"
        COMMANDS.labels(known, code).inc()
        COMMAND_SECONDS.observe(time.perf_counter() - started_s)
        if ack_id is not None:
            session.ack(ack_id, body)
        if after is not None:
            after()

    async def _answer(
        self, session: Session, name: str, args: Sequence[Any]
    ) -> tuple[bytes, Callable[[], None] | None]:
        if session.in_flight > MAX_IN_FLIGHT:
            raise HubError(
                "Too many unanswered calls on this connection.", "RATE_LIMITED", status=429
            )
        if (command := self._commands.get(name)) is not None:
            return await self._command(session, name, *command, args), None
        call = self._calls.get(name)
        if call is None:
            raise Invalid.field("event", "UNKNOWN_EVENT", f"There is no event {name[:64]!r}.")
        self._limit(session, name, call.shape.limit)
        payload = decode(args, call.shape.payload)
        with answering():
            data = await call.answer(session, payload)
        after = call.after
        run_after = (lambda: after(session, payload, data)) if after is not None else None
        return (data if isinstance(data, bytes) else wire.success(data)), run_after

    async def _command(
        self, session: Session, name: str, feature: Feature, command: Command, args: Sequence[Any]
    ) -> bytes:
        self._limit(session, name, command.limit)
        payload = decode(args, command.payload)
        room_id = getattr(payload, "room_id", None)
        if room_id is None and name != "room:create":
            room_id = await self._room_of(payload)
        guest_room = session.principal.room_id
        if guest_room is not None and (room_id or "").lower() != guest_room:
            raise NotFound("There is no such room.")
        committed = await self._committer.submit(
            name,
            payload,
            room_id=room_id,
            actor=session.actor,
            op_id=getattr(payload, "op_id", None) or getattr(payload, "client_id", None),
            present=self._present(room_id) if room_id is not None else (),
        )
        return wire.success(committed.data, committed.seq)

    async def _room_of(self, payload: Struct) -> str:
        """The room of a command that names it by an invitation only."""
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


def decode(args: Sequence[Any], kind: type[Struct]) -> Any:
    """The one payload object of a call, as its struct.

    Raises:
        Invalid: not exactly one object, or one that breaks the schema; names the field.
    """
    if len(args) > 1:
        raise Invalid.field("payload", "TOO_MANY_ARGUMENTS", "Send one payload object.")
    payload = args[0] if args else {}
    if not isinstance(payload, dict):
        raise Invalid.field("payload", "NOT_AN_OBJECT", "The payload has to be an object.")
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise refused(error) from None


def refused(error: msgspec.ValidationError) -> Invalid:
    """The refusal of msgspec as field, code and message."""
    text = str(error)
    found = _PATH.search(text)
    path = found["path"] if found else ""
    message = text[: found.start()] if found else text
    if missing := re.match(r"Object missing required field `(?P<name>[^`]+)`", message):
        path = f"{path}.{missing['name']}".lstrip(".")
        field = FieldError(path, "REQUIRED", f"`{path}` is missing.")
    elif "length" in message:
        field = FieldError(path, "TOO_LONG" if "<=" in message else "TOO_SHORT", message)
    elif "matching regex" in message:
        field = FieldError(path, "INVALID_FORMAT", f"`{path}` has the wrong format.")
    else:
        field = FieldError(path or "payload", "INVALID", message)
    return Invalid(f"{field.field}: {field.message}", fields=(field,))


def _request_id() -> str:
    return str(uuid.uuid4())

"""One connection to one Redis server that both publishes and hears (RESP3).

What is published while the answers to the last write are on their way goes out in one write when
they are here: under load both Redis and the listeners have larger pieces to work on, and an idle
line sends at once. Each command stands in a row until its answer comes, so it is known what has
arrived.
"""

import asyncio
import logging
from collections import deque
from typing import Any, Protocol, TypeAlias, cast

import hiredis
from hiredis import PushNotification

from storage.bus.hints import Hint
from storage.redis import Address, Target

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 1.0
PING_EVERY_S = 0.5
SILENT_S = 1.5
"""A server that has said nothing for so long, pings included, is as good as gone."""
MAX_UNANSWERED_BYTES = 8 * 1024 * 1024
"""What may be on its way to a server that does not answer; beyond it nothing is taken."""

_NOT_YET = object()
_MESSAGES = (b"smessage", b"message")
_LEFT = (b"sunsubscribe", b"unsubscribe")
_JOINED = (b"ssubscribe", b"subscribe")


class LineRefused(ConnectionError):
    """The server answers and will not have us, or is not the one we look for."""


class Owner(Protocol):
    """Whom a line reports to; none of these may fail or wait."""

    def heard(self, payload: bytes) -> None:
        """Somebody published on a channel of ours."""

    def refused(self, hint: Hint | None, error: str) -> None:
        """The server did not take a hint (or a subscription: None), or dropped a channel."""

    def lost(self, line: "Line", unanswered: list[Hint]) -> None:
        """The connection is gone; of these nobody knows whether they arrived."""


class _Published:
    """A hint on its way."""

    __slots__ = ("hint", "size")

    def __init__(self, hint: Hint, size: int) -> None:
        self.hint = hint
        self.size = size


Pending: TypeAlias = "_Published | asyncio.Future[Any] | tuple[bool, bytes]"
"""A publish; a question; or a channel that is joined (True) or left (False)."""


class Line(asyncio.Protocol):
    """A connection; made by `open_line`."""

    def __init__(self, address: Address, owner: Owner, *, sharded: bool) -> None:
        self.address = address
        self.channels: set[bytes] = set()
        """Subscribed to, or asked for and not refused."""
        self._owner = owner
        self._prefix = b"S" if sharded else b""
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(notEnoughData=_NOT_YET)
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._pending: deque[Pending] = deque()
        self._awaited = 0
        self._unanswered_bytes = 0
        self._heard_at_s = self._watched_at_s = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """False once it is lost or closed."""
        return self._transport is not None

    def publish(self, channel: bytes, hint: Hint, payload: bytes) -> bool:
        """Sends a hint; False when too much is unanswered already, or the line is lost."""
        if self._transport is None or self._unanswered_bytes > MAX_UNANSWERED_BYTES:
            return False
        self._unanswered_bytes += len(payload)
        self._send(
            _packed(self._prefix + b"PUBLISH", channel, payload),
            _Published(hint, len(payload)),
        )
        return True

    def subscribe(self, channel: bytes) -> None:
        """Asks for a channel; stands when what is sent is `settled` and nothing was refused."""
        if self._transport is not None and channel not in self.channels:
            self.channels.add(channel)
            self._send(_packed(self._prefix + b"SUBSCRIBE", channel), (True, channel))

    def unsubscribe(self, channel: bytes) -> None:
        """Hears the channel no more."""
        if self._transport is not None and channel in self.channels:
            self.channels.discard(channel)
            self._send(_packed(self._prefix + b"UNSUBSCRIBE", channel), (False, channel))

    async def settled(self) -> None:
        """Returns once everything sent before has been answered.

        Raises:
            ConnectionError, TimeoutError: the line is lost, or does not answer in time.
        """
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await self._ask((b"PING",))

    async def greet(self, target: Target) -> None:
        """Gets let in.

        Raises:
            LineRefused, ConnectionError: it was not.
        """
        command: tuple[bytes, ...] = (b"HELLO", b"3", b"SETNAME", b"veza-bus")
        if target.password is not None:
            user = (target.username or "default").encode()
            command = (*command, b"AUTH", user, target.password.encode())
        answer = await self._ask(command)
        if target.kind == "sentinel" and answer.get(b"role") != b"master":
            raise LineRefused("not the master any more")
        await self._ask((b"PING",))  # a server that still loads its data says so here

    def close(self) -> None:
        """Ends it without a word to the owner."""
        transport, self._transport = self._transport, None
        if self._watch is not None:
            self._watch.cancel()
        if transport is not None:
            transport.abort()
        self._fail_questions()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self._watch = self._loop.call_later(PING_EVERY_S, self._look)

    def data_received(self, data: bytes) -> None:
        self._heard_at_s = self._loop.time()
        self._reader.feed(data)
        try:
            while (answer := self._reader.gets()) is not _NOT_YET and self._transport is not None:
                if type(answer) is PushNotification:
                    self._take_push(answer)
                else:
                    self._take_answer(answer)
        except hiredis.ProtocolError as error:
            log.warning("bus.not_redis", extra={"error": str(error)})
            self._lose()
            return
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose()

    def _take_push(self, push: list[Any]) -> None:
        kind = push[0]
        if kind in _MESSAGES:
            self._owner.heard(push[2])
        elif kind in _JOINED:
            self._pop((True, push[1]))
        elif kind in _LEFT and not self._pop((False, push[1])):
            # A slot has moved: the server that held it sends its listeners away.
            self.channels.discard(push[1])
            self._owner.refused(None, "MOVED")

    def _take_answer(self, answer: Any) -> None:
        pending = self._pending.popleft()
        self._awaited -= 1
        is_error = isinstance(answer, Exception)
        if isinstance(pending, _Published):
            self._unanswered_bytes -= pending.size
            if is_error:
                self._owner.refused(pending.hint, str(answer))
        elif isinstance(pending, tuple):
            if is_error:
                self.channels.discard(pending[1])
                self._owner.refused(None, str(answer))
        elif not pending.done():
            if is_error:
                pending.set_exception(LineRefused(str(answer)))
            else:
                pending.set_result(answer)

    def _pop(self, expected: tuple[bool, bytes]) -> bool:
        if self._pending and self._pending[0] == expected:
            self._pending.popleft()
            self._awaited -= 1
            return True
        return False

    async def _ask(self, command: tuple[bytes, ...]) -> Any:
        if self._transport is None:
            raise ConnectionError("the line is lost")
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._send(_packed(*command), answer)
        return await answer

    def _send(self, packed: bytes, pending: Pending) -> None:
        self._pending.append(pending)
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(packed)

    def _flush(self) -> None:
        if self._transport is None or self._awaited or not self._out:
            return
        out, self._out = self._out, []
        self._awaited = len(self._pending)
        self._transport.write(b"".join(out))

    def _look(self) -> None:
        """Twice a second: a silent server is asked for a word, and given up when none comes."""
        if self._transport is None:
            return
        now_s = self._loop.time()
        # If this process was held up itself, the answers may be waiting to be read.
        was_held_up = now_s - self._watched_at_s > 2 * PING_EVERY_S
        self._watched_at_s = now_s
        if was_held_up:
            self._heard_at_s = now_s
        if now_s - self._heard_at_s > SILENT_S:
            log.warning("bus.silent", extra={"server": str(self.address)})
            self._lose()
            return
        if now_s - self._heard_at_s > PING_EVERY_S / 2:
            self._send(_packed(b"PING"), self._loop.create_future())
        self._watch = self._loop.call_later(PING_EVERY_S, self._look)

    def _lose(self) -> None:
        if self._transport is None:
            return
        unanswered = [each.hint for each in self._pending if isinstance(each, _Published)]
        self.close()
        self._owner.lost(self, unanswered)

    def _fail_questions(self) -> None:
        for pending in self._pending:
            if isinstance(pending, asyncio.Future) and not pending.done():
                pending.set_exception(ConnectionError("the line is lost"))
                pending.exception()  # nobody may be waiting for a ping
        self._pending.clear()
        self._out.clear()
        self.channels.clear()


def _packed(*words: bytes) -> bytes:
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub: one word only
    return packed


async def open_line(address: Address, target: Target, owner: Owner, *, sharded: bool) -> Line:
    """A line that is let in.

    Raises:
        OSError, TimeoutError: it could not be opened within `CONNECT_TIMEOUT_S`, or was refused.
    """
    loop = asyncio.get_running_loop()
    line = Line(address, owner, sharded=sharded)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            if address.port == 0:
                await loop.create_unix_connection(lambda: line, address.host)
            else:
                tls = target.tls.context() if target.tls is not None else None
                await loop.create_connection(lambda: line, address.host, address.port, ssl=tls)
            await line.greet(target)
    except BaseException:
        line.close()
        raise
    return line

"""`stream:ack`: what has reached a device is told at once, and noted a moment later.

The event goes out as it comes, without a task and without a query: an ephemeral one, like typing.
The row behind it is written with all others of that moment, only the furthest of each member;
whoever wants an ack of his call gets it after that.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from hub.door.sessions import Session
from hub.fanout.fanout import Fanout
from hub.presence import Presence
from hub.streams.streams import StreamAck
from rooms.errors import Forbidden, HubError
from storage.backends import Pool
from storage.bus import Bus
from storage.messages.watermarks import Delivered, mark_all_delivered
from storage.postgres import answering

log = logging.getLogger(__name__)

WRITE_EVERY_S = 0.2
"""When nobody waits."""
MAX_KNOWN = 50_000
"""Marks that are remembered, so that a repeated one is not told again; about 10 MB."""


class Acked(Struct, frozen=True):
    """The watermark as noted."""

    seq: int


Settle = Callable[[Acked | HubError], None]


class Deliveries:
    """Delivered watermarks of this node's sockets. Its owner runs `run`."""

    def __init__(
        self,
        pool: Pool,
        bus: Bus,
        fanout: Fanout,
        presence: Presence,
        is_auditorium: Callable[[str], bool],
    ) -> None:
        self._pool = pool
        self._bus = bus
        self._fanout = fanout
        self._presence = presence
        self._is_auditorium = is_auditorium
        self._known: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._due: dict[tuple[str, str], int] = {}
        self._waiting: list[tuple[Settle, Acked]] = []
        self._arrived = asyncio.Event()
        self._awaited = asyncio.Event()

    def ack(self, session: Session, command: StreamAck, settle: Settle | None) -> None:
        """Takes a mark; tells everybody in the room if it is new, unless that is an auditorium.

        Args:
            session: whose device.
            command: what has reached it; beyond the end of the log counts as its end.
            settle: called once the mark is written; None: nobody waits for that.

        Raises:
            Forbidden: it does not follow the stream.
        """
        stream = command.stream.lower()
        if stream not in session.streams:
            raise Forbidden("Subscribe to the stream first.")
        seq = min(command.seq, self._fanout.reached(stream))
        user_id = session.principal.user_id
        if not stream.startswith("room:") or self._presence.is_invisible(user_id):
            if settle is not None:
                settle(Acked(seq))
            return
        key = (stream[5:], user_id)
        if seq > self._known.get(key, 0):
            self._remember(key, seq)
            if not self._is_auditorium(key[0]):
                self._tell(stream, user_id, seq)
        if settle is not None:
            self._waiting.append((settle, Acked(seq)))
            self._awaited.set()
            self._arrived.set()

    async def run(self) -> None:
        """Writes for ever."""
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            await self._arrived.wait()
            try:
                async with asyncio.timeout(WRITE_EVERY_S):
                    await self._awaited.wait()
            except TimeoutError:
                pass
            self._arrived.clear()
            self._awaited.clear()
            await self._write()

    def _tell(self, stream: str, user_id: str, seq: int) -> None:
        data = b'{"user_id":"%b","seq":%d}' % (user_id.encode(), seq)
        self._bus.publish_encoded(stream, "delivered:updated", data)

    def _remember(self, key: tuple[str, str], seq: int) -> None:
        self._known[key] = self._due[key] = seq
        self._known.move_to_end(key)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        self._arrived.set()

    async def _write(self) -> None:
        due, self._due = self._due, {}
        waiting, self._waiting = self._waiting, []
        failure: HubError | None = None
        try:
            if due:
                marks = [Delivered(room, user, seq) for (room, user), seq in sorted(due.items())]
                with answering():
                    await mark_all_delivered(self._pool, marks)
        except HubError as error:
            failure = error
            log.warning("deliveries.unwritten", extra={"marks": len(due)})
        except Exception:  # the loop that must live
            log.exception("deliveries.failed")
            failure = HubError("Something went wrong on our side. It has been logged.")
        for settle, acked in waiting:
            settle(failure or acked)

"""`unread:updated`: how much is unread, told to those who follow their own stream.

A node that commits says which rooms have spoken; every node looks whom of its own people that
concerns. Counting costs what is unread, so who has much to read is told less often; who has read
meanwhile hears nothing. At most once, like every ephemeral event: `room:list` has the counts, too.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from hub.fanout.fanout import Fanout
from rooms.errors import Unavailable
from rooms.ids import room_stream, user_stream
from storage.backends import Pool
from storage.bus import Bus, Ephemeral
from storage.commit import StreamEvents
from storage.messages.watermarks import MAX_COUNTED, ReadMark, concerned, unread_of
from storage.postgres import answering

log = logging.getLogger(__name__)

HINT = "hub:spoken"
CHANNEL = "hub:spoken"
SETTLE_S = 0.25
"""Messages of one moment are counted once; who looks at the room has read them by then."""
REST_S = 0.02
"""After being told, somebody is left alone so long for each message that he has not read."""
MAX_REST_S = 60.0
COUNTED_AT_ONCE = 100
MOST_ROOMS = 1_000
"""Rooms of one hint, and rooms that wait for a look; beyond, the next message tells of them."""
MAX_PENDING = 5_000
MAX_KNOWN = 50_000
"""Of so many people in rooms it is known what they were told; about 15 MB."""

_SPOKEN = frozenset({"message:created", "message:deleted"})
_ROOM = room_stream("")
_USER = user_stream("")

Pair = tuple[str, str]


class _Told(Struct, frozen=True):
    mark: ReadMark
    rests_until_s: float


class Unreads:
    """Tells this node's people what is unread. Its owner runs `run`.

    Args:
        pool: the database.
        fanout: knows who follows his own stream here, and sends to them.
        clock_s: monotonic seconds.
    """

    def __init__(
        self, pool: Pool, fanout: Fanout, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool = pool
        self._fanout = fanout
        self._clock_s = clock_s
        self._spoken: set[str] = set()
        self._heard: set[str] = set()
        self._pending: dict[Pair, None] = {}
        self._told: OrderedDict[Pair, _Told] = OrderedDict()
        self._wake = asyncio.Event()

    def note(self, commits: Sequence[StreamEvents]) -> None:
        """Takes what a commit of this node has added."""
        for commit in commits:
            if commit.stream.startswith(_ROOM) and any(e.name in _SPOKEN for e in commit.events):
                self._spoken.add(commit.stream.removeprefix(_ROOM))
                self._wake.set()

    def hear(self, hint: Ephemeral) -> None:
        """Takes the ids of rooms that have spoken on any node."""
        rooms = msgspec.json.decode(hint.data, type=list[str])
        self._heard.update(rooms[: MOST_ROOMS - len(self._heard)])
        self._wake.set()

    async def run(self, bus: Bus) -> None:
        """Tells for ever."""
        await bus.subscribe(CHANNEL)
        task = asyncio.current_task()
        # asyncpg swallows a cancellation that comes together with its answer: hence no `True`.
        while task is None or not task.cancelling():
            if not self._pending:
                await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(SETTLE_S)
            spoken, self._spoken = list(self._spoken), set()
            if spoken:
                bus.publish_nowait(CHANNEL, HINT, spoken[:MOST_ROOMS])
            try:
                with answering():
                    await self._look()
            except Unavailable:
                log.debug("unreads.database_away")
            except Exception:  # the loop that must live
                log.exception("unreads.failed")
                self._pending.clear()

    async def _look(self) -> None:
        rooms, self._heard = list(self._heard), set()
        if rooms and (users := self._followed()):
            for pair in await concerned(self._pool, rooms, users, MAX_PENDING):
                if len(self._pending) < MAX_PENDING:
                    self._pending[pair] = None
        now_s = self._clock_s()
        due = [pair for pair in self._pending if self._is_due(pair, now_s)][:COUNTED_AT_ONCE]
        for pair in due:
            del self._pending[pair]
        for (room_id, user_id), mark in (await unread_of(self._pool, due)).items():
            self._tell((room_id, user_id), mark, now_s)

    def _followed(self) -> list[str]:
        streams = self._fanout.streams()
        return [name.removeprefix(_USER) for name in streams if name.startswith(_USER)]

    def _is_due(self, pair: Pair, now_s: float) -> bool:
        told = self._told.get(pair)
        return told is None or told.rests_until_s <= now_s

    def _tell(self, pair: Pair, mark: ReadMark, now_s: float) -> None:
        before = self._told.pop(pair, None)
        known = before.mark if before is not None else None
        if mark != known and (mark.unread or known is not None):
            stream = user_stream(pair[1])
            self._fanout.send_ephemeral(stream, "unread:updated", msgspec.json.encode(mark))
        rest_s = MAX_REST_S if mark.unread >= MAX_COUNTED else mark.unread * REST_S
        self._told[pair] = _Told(mark, now_s + rest_s)
        if len(self._told) > MAX_KNOWN:
            self._told.popitem(last=False)

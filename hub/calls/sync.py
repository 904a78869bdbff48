"""How close listeners are: each report is answered with a correction, and all drifts go round.

The answer comes from the room's playback state alone; nothing of it is committed.
"""

import time
from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.access import check_room
from hub.calls.call import Call, Shape
from hub.calls.drifts import Drifts, Reported
from hub.door.sessions import Session
from hub.metrics import SYNC_DRIFT_SECONDS
from hub.presence import Presence
from rooms.errors import Conflict, NotFound
from rooms.feature import Limit
from rooms.ids import room_stream
from rooms.playback.audience import report_pace_ms
from rooms.playback.commands import Report
from rooms.playback.drift import Verdict, judge
from storage.backends import Pool
from storage.bus import Bus, Ephemeral
from storage.loader import Loader
from storage.rooms.playback import Listened, listened_rooms, members_among

HINT = "hub:sync"
CACHE_MS = 250
"""Reports come in waves; a room's playback is read at most this often for them."""
MEMBER_MS = 30_000
"""Who follows the room's stream is asked about anew this often; whoever is put out of the room is
put out of its stream at once."""
LISTENS_FOR = 1.5
"""Paces of an auditorium that a listener counts as one, so that one late report is no change."""


SYNC: Mapping[str, Shape] = {"playback:report": Shape(Report, Limit(5, 10), Verdict)}
"""The limit leaves room for the quicker reports after a seek."""


class _Known(Struct, frozen=True):
    room: Listened
    read_ms: int


class Sync:
    """Answers reports and gathers everybody's drift."""

    def __init__(self, pool: Pool, send: Callable[[str, str, bytes], None]) -> None:
        self._pool = pool
        self._bus: Bus | None = None
        self._presence: Presence | None = None
        self._drifts = Drifts(send)
        self._read: Loader[Listened] = Loader(lambda ids: listened_rooms(pool, ids))
        self._joined: Loader[bool] = Loader(lambda keys: members_among(pool, keys))
        self._rooms: dict[str, _Known] = {}
        self._members: dict[tuple[str, str], int] = {}
        """By connection and room, until when it is known to be a member's."""

    def attach(self, bus: Bus, presence: Presence) -> None:
        """Names the bus that drifts go round on, and who is told that somebody listens."""
        self._bus = bus
        self._presence = presence

    def calls(self) -> Mapping[str, Call]:
        """Calls by wire name."""
        return {name: Call(shape, self._report) for name, shape in SYNC.items()}

    def hear(self, hint: Ephemeral) -> None:
        """Takes a drift from the bus."""
        report = msgspec.json.decode(hint.data, type=Reported)
        self._drifts.hear(hint.stream.partition(":")[2], report)

    def is_auditorium(self, room_id: str) -> bool:
        """Whether so many listen in a room that it is not told of each."""
        return self._drifts.is_auditorium(room_id)

    def sweep(self) -> None:
        """Tells rooms what has changed, and forgets; called once a second."""
        self._drifts.sweep()
        now_ms = _now_ms()
        for room_id, known in list(self._rooms.items()):
            if known.read_ms + CACHE_MS < now_ms:
                del self._rooms[room_id]
        for key in [key for key, until_ms in self._members.items() if until_ms <= now_ms]:
            del self._members[key]

    async def _report(self, session: Session, report: Report) -> Verdict:
        room_id = report.room_id.lower()
        await self._check_member(session, room_id)
        now_ms = _now_ms()
        room = await self._room(room_id, now_ms)
        answer = judge(room.playback, report, now_ms)
        if answer.drift_ms is not None:
            SYNC_DRIFT_SECONDS.observe(abs(answer.drift_ms) / 1000)
        presence = self._presence
        if presence is None:
            return answer
        pace_ms = report_pace_ms(presence.count(room_id), room.policy)
        if pace_ms is not None:
            listens_ms = int(pace_ms * LISTENS_FOR)
            presence.heard(session, room_id, listens_ms)
            self._drifts.sample(room_id, answer.drift_ms, listens_ms)
            return replace(answer, report_in_ms=pace_ms)
        presence.heard(session, room_id)
        user_id = session.principal.user_id
        if answer.drift_ms is not None and not presence.is_invisible(user_id):
            self._tell(room_id, Reported(user_id, answer.drift_ms, report.rtt_ms))
        elif answer.drift_ms is not None and self._drifts.is_listed(room_id, user_id):
            self._tell(room_id, Reported(user_id, None, None))
        return answer

    async def _check_member(self, session: Session, room_id: str) -> None:
        key = (session.connection_id, room_id)
        if room_stream(room_id) in session.streams and self._members.get(key, 0) > _now_ms():
            return
        principal = session.principal
        if not await self._joined.get(f"{room_id}/{principal.user_id}"):
            await check_room(
                self._pool, room_id, principal
            )  # which says what is wrong, if it knows
            raise Conflict("Join the room first.")
        self._members[key] = _now_ms() + MEMBER_MS

    def _tell(self, room_id: str, told: Reported) -> None:
        if self._bus is not None:
            self._bus.publish_nowait(room_stream(room_id), HINT, told)

    async def _room(self, room_id: str, now_ms: int) -> Listened:
        known = self._rooms.get(room_id)
        if known is not None and known.read_ms + CACHE_MS >= now_ms:
            return known.room
        room = await self._read.get(room_id)
        if room is None:
            raise NotFound("There is no such room.")
        self._rooms[room_id] = _Known(room, now_ms)
        return room


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

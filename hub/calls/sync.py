"""How close listeners are: each report is answered with a correction, and all drifts go round.

The answer comes from the room's playback state alone; nothing of it is committed.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from hub.access import check_room
from hub.dispatch import Call, Shape
from hub.door.sessions import Session
from hub.metrics import SYNC_DRIFT_SECONDS
from hub.presence import Presence
from rooms.errors import Conflict
from rooms.feature import Limit
from rooms.features import FEATURES
from rooms.ids import room_stream
from rooms.playback.commands import Report
from rooms.playback.drift import Verdict, judge
from storage.backends import Pool
from storage.bus import Bus, Ephemeral
from storage.rooms import rooms

HINT = "hub:sync"
FORGET_MS = 20_000
"""A listener who has not reported for this long is not listed any more."""
CACHE_MS = 250
"""Reports come in waves; a room's playback is read at most this often for them."""


SYNC: Mapping[str, Shape] = {"playback:report": Shape(Report, Limit(5, 10), Verdict)}
"""The limit leaves room for the quicker reports after a seek."""


class _Reported(Struct, frozen=True):
    user_id: str
    drift_ms: float | None
    """None: not to be listed any more."""
    rtt_ms: float | None


class _Heard(Struct, frozen=True):
    report: _Reported
    until_ms: int


class Sync:
    """Answers reports and gathers everybody's drift."""

    def __init__(self, pool: Pool, send: Callable[[str, str, bytes], None]) -> None:
        self._pool = pool
        self._send = send
        self._bus: Bus | None = None
        self._presence: Presence | None = None
        self._rooms: dict[str, dict[str, _Heard]] = {}
        self._changed: set[str] = set()
        self._playback: dict[str, tuple[int, Any]] = {}

    def attach(self, bus: Bus, presence: Presence) -> None:
        """Names the bus that drifts go round on, and who is told that somebody listens."""
        self._bus = bus
        self._presence = presence

    def calls(self) -> Mapping[str, Call]:
        """Calls by wire name."""
        return {name: Call(shape, self._report) for name, shape in SYNC.items()}

    def hear(self, hint: Ephemeral) -> None:
        """Takes a drift from the bus."""
        report = msgspec.json.decode(hint.data, type=_Reported)
        room_id = hint.stream.partition(":")[2]
        heard = self._rooms.setdefault(room_id, {})
        if report.drift_ms is None:
            heard.pop(report.user_id, None)
        else:
            heard[report.user_id] = _Heard(report, _now_ms() + FORGET_MS)
        self._changed.add(room_id)

    def sweep(self) -> None:
        """Sends `sync:stats` of the rooms where something changed; called once a second."""
        now_ms = _now_ms()
        for room_id, heard in list(self._rooms.items()):
            for user_id in [u for u, h in heard.items() if h.until_ms <= now_ms]:
                del heard[user_id]
                self._changed.add(room_id)
            if not heard:
                del self._rooms[room_id]
        for room_id in self._changed:
            members = [h.report for h in self._rooms.get(room_id, {}).values()]
            data = msgspec.json.encode({"members": members})
            self._send(room_stream(room_id), "sync:stats", data)
        self._changed.clear()
        for room_id, (read_ms, _) in list(self._playback.items()):
            if read_ms + CACHE_MS < now_ms:
                del self._playback[room_id]

    async def _report(self, session: Session, report: Report) -> Verdict:
        room_id = report.room_id.lower()
        entry = await check_room(self._pool, room_id, session.principal)
        if entry.state != "joined":
            raise Conflict("Join the room first.")
        now_ms = _now_ms()
        answer = judge(await self._state(room_id, now_ms), report, now_ms)
        user_id, hides = session.principal.user_id, False
        if self._presence is not None:
            self._presence.heard(session, room_id)
            hides = self._presence.is_invisible(user_id)
        if answer.drift_ms is not None:
            SYNC_DRIFT_SECONDS.observe(abs(answer.drift_ms) / 1000)
            if not hides:
                self._tell(room_id, _Reported(user_id, answer.drift_ms, report.rtt_ms))
            elif user_id in self._rooms.get(room_id, {}):
                self._tell(room_id, _Reported(user_id, None, None))
        return answer

    def _tell(self, room_id: str, told: _Reported) -> None:
        if self._bus is not None:
            self._bus.publish_nowait(room_stream(room_id), HINT, told)

    async def _state(self, room_id: str, now_ms: int) -> Any:
        known = self._playback.get(room_id)
        if known is not None and known[0] + CACHE_MS >= now_ms:
            return known[1]
        state = (await rooms.slices(self._pool, room_id, FEATURES))["playback"]
        self._playback[room_id] = (now_ms, state)
        return state


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

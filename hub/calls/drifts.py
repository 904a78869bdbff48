"""How far the listeners of rooms are from the shared timeline, as their rooms are told.

In a room of some, everybody is told of each. In an auditorium each node takes a sample of those it
serves, tells them what it adds up to, and says nothing to other nodes.
"""

import random
import time
from collections.abc import Callable

import msgspec
from msgspec import Struct

from rooms.ids import room_stream

FORGET_MS = 20_000
"""A listener who has not reported for this long is not listed any more."""
SUMMARY_EVERY_MS = 5_000
MOST_SAMPLED = 500
"""Reports kept of one auditorium between two summaries."""

Send = Callable[[str, str, bytes], None]


class Reported(Struct, frozen=True):
    """One listener's drift, as nodes tell each other."""

    user_id: str
    drift_ms: float | None
    """None: not to be listed any more."""
    rtt_ms: float | None


class Sample(Struct, frozen=True):
    """What reports of an auditorium add up to."""

    reports: int
    p50_ms: float
    """Half of them were no further from the timeline than this, either way."""
    p95_ms: float


class _Heard(Struct, frozen=True):
    report: Reported
    until_ms: int


class _Auditorium:
    """Reports since the last summary."""

    __slots__ = ("count", "drifts_ms", "told_ms", "until_ms")

    def __init__(self) -> None:
        self.count = 0
        self.drifts_ms: list[float] = []
        self.told_ms = 0
        self.until_ms = 0


class Drifts:
    """What is known of the rooms that people of this node listen in.

    Args:
        send: sends an event to the followers of a stream on this node.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._rooms: dict[str, dict[str, _Heard]] = {}
        self._changed: set[str] = set()
        self._auditoriums: dict[str, _Auditorium] = {}

    def is_listed(self, room_id: str, user_id: str) -> bool:
        """Whether the room is told of this user."""
        return user_id in self._rooms.get(room_id, {})

    def is_auditorium(self, room_id: str) -> bool:
        """Whether reports of this room have been taken as samples lately."""
        return room_id in self._auditoriums

    def hear(self, room_id: str, report: Reported) -> None:
        """Takes what a node has said of one listener."""
        heard = self._rooms.setdefault(room_id, {})
        if report.drift_ms is None:
            heard.pop(report.user_id, None)
        else:
            heard[report.user_id] = _Heard(report, _now_ms() + FORGET_MS)
        self._changed.add(room_id)

    def sample(self, room_id: str, drift_ms: float | None, for_ms: int) -> None:
        """Takes a report of an auditorium, which the room counts as for `for_ms` from now on."""
        room = self._auditoriums.setdefault(room_id, _Auditorium())
        room.until_ms = _now_ms() + for_ms
        if drift_ms is None:
            return
        room.count += 1
        if len(room.drifts_ms) < MOST_SAMPLED:
            room.drifts_ms.append(abs(drift_ms))
        elif (place := random.randrange(room.count)) < MOST_SAMPLED:  # noqa: S311 (no secret)
            room.drifts_ms[place] = abs(drift_ms)

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
            if room_id not in self._auditoriums:
                listed = [h.report for h in self._rooms.get(room_id, {}).values()]
                self._tell(room_id, {"members": listed, "sample": None})
        self._changed.clear()
        for room_id, room in list(self._auditoriums.items()):
            if room.until_ms <= now_ms:
                del self._auditoriums[room_id]
            elif room.drifts_ms and room.told_ms + SUMMARY_EVERY_MS <= now_ms:
                self._tell(room_id, {"members": (), "sample": summary(room.drifts_ms, room.count)})
                room.told_ms, room.count = now_ms, 0
                room.drifts_ms.clear()

    def _tell(self, room_id: str, stats: object) -> None:
        self._send(room_stream(room_id), "sync:stats", msgspec.json.encode(stats))


def summary(drifts_ms: list[float], count: int) -> Sample:
    """What `count` reports add up to, of which these were kept; at least one."""
    ordered = sorted(drifts_ms)
    return Sample(
        reports=count,
        p50_ms=round(ordered[len(ordered) // 2], 1),
        p95_ms=round(ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], 1),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

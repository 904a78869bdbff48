"""Who is typing in the rooms that sockets of this node follow.

Forgotten after six seconds, and at once when he has said it, is gone, or hides. Of one person a
room hears once in three seconds, but for a short burst: what he says more is acked and goes no
further.
"""

import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from rooms.feature import Limit
from rooms.ids import room_stream
from storage.bus import Bus, Ephemeral
from storage.commit import StreamEvents
from storage.rate_limits import Buckets

FORGET_MS = 6_000
"""docs/protocol.md, `typing:updated`: the hub forgets after 6 s."""
SAME_MS = 2_500
"""A repeat that comes sooner adds nothing. Clients repeat each 3 s; a line may bring one early."""
TOLD = Limit(4, 12)
"""Beginnings of one person in one room: 1 in 3 s. Each message that he sends ends one."""
HINT = "hub:typing"


class _Typed(Struct, frozen=True):
    user_id: str
    on: bool


class _By(Struct, frozen=True):
    user_id: str | None = None


class _Ended(Struct, frozen=True):
    """What of a durable event says whose typing it ends."""

    by: _By = _By()
    data: _By = _By()


_ROOM = room_stream("")
_ENDS = ("message:created", "member:left")


class Typing:
    """Gathers typing hints of all nodes and tells the followers of each room who types now."""

    def __init__(
        self,
        send: Callable[[str, str, bytes], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._clock = clock
        self._until_ms: dict[str, dict[str, int]] = {}
        self._here: dict[str, dict[str, int]] = {}
        """Who types by a socket of this node: until when he is known to, by user and room."""
        self._begun = Buckets(clock)

    def set(self, bus: Bus, room_id: str, user_id: str, on: bool) -> None:
        """Tells every node that a user of this one has begun or stopped typing, if that is news."""
        if on:
            self._start(bus, room_id, user_id)
        elif self._here.get(user_id, {}).pop(room_id, None) is not None:
            if not self._here[user_id]:
                del self._here[user_id]
            bus.publish_nowait(f"room:{room_id}", HINT, _Typed(user_id, False))

    def _start(self, bus: Bus, room_id: str, user_id: str) -> None:
        now_ms, known_until_ms = self._now_ms(), self._here.get(user_id, {}).get(room_id, 0)
        if known_until_ms - FORGET_MS + SAME_MS > now_ms:
            return
        begins = known_until_ms <= now_ms
        if begins and self._begun.take(f"{user_id} {room_id}", TOLD) is not None:
            return
        self._here.setdefault(user_id, {})[room_id] = now_ms + FORGET_MS
        bus.publish_nowait(f"room:{room_id}", HINT, _Typed(user_id, True))

    def said(self, bus: Bus, commits: Sequence[StreamEvents]) -> None:
        """Takes what a commit of this node has added: who has spoken or left types no more."""
        if not self._here:
            return
        for commit in commits:
            for event in commit.events:
                if event.name in _ENDS:
                    ended = msgspec.json.decode(event.body, type=_Ended)
                    who = ended.data if event.name == "member:left" else ended.by
                    if commit.stream.removeprefix(_ROOM) in self._here.get(who.user_id or "", ()):
                        self.set(bus, commit.stream.removeprefix(_ROOM), who.user_id or "", False)

    def stop(self, bus: Bus, user_id: str) -> None:
        """A user is to be seen typing no more: he hides, or his socket is gone."""
        for room_id in list(self._here.get(user_id, ())):
            self.set(bus, room_id, user_id, False)

    def hear(self, hint: Ephemeral) -> None:
        """Takes a typing hint from the bus."""
        typed = msgspec.json.decode(hint.data, type=_Typed)
        room_id = hint.stream.partition(":")[2]
        users = self._until_ms.setdefault(room_id, {})
        before = set(users)
        if typed.on:
            users[typed.user_id] = self._now_ms() + FORGET_MS
        else:
            users.pop(typed.user_id, None)
        if set(users) != before:
            self._tell(room_id)
        if not users:
            del self._until_ms[room_id]

    def sweep(self) -> None:
        """Forgets those who went silent; called once a second."""
        now_ms = self._now_ms()
        for user_id, rooms in list(self._here.items()):
            self._here[user_id] = {room: until for room, until in rooms.items() if until > now_ms}
            if not self._here[user_id]:
                del self._here[user_id]
        for room_id, users in list(self._until_ms.items()):
            silent = [user_id for user_id, until_ms in users.items() if until_ms <= now_ms]
            for user_id in silent:
                del users[user_id]
            if silent:
                self._tell(room_id)
            if not users:
                del self._until_ms[room_id]

    def users(self, room_id: str) -> list[str]:
        """Users typing in a room now."""
        return sorted(self._until_ms.get(room_id, {}))

    def _tell(self, room_id: str) -> None:
        data = msgspec.json.encode({"user_ids": self.users(room_id)})
        self._send(f"room:{room_id}", "typing:updated", data)

    def _now_ms(self) -> int:
        return int(self._clock() * 1_000)

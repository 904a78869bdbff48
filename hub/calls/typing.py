"""Who is typing in the rooms that sockets of this node follow. Forgotten after six seconds."""

import time
from collections.abc import Callable

import msgspec
from msgspec import Struct

from storage.bus import Bus, Ephemeral

FORGET_MS = 6_000
"""docs/protocol.md, "Rooms and chat": the server forgets after 6 s."""
HINT = "hub:typing"


class _Typed(Struct, frozen=True):
    user_id: str
    on: bool


class Typing:
    """Gathers typing hints of all nodes and tells the followers of each room who types now."""

    def __init__(self, send: Callable[[str, str, bytes], None]) -> None:
        self._send = send
        self._until_ms: dict[str, dict[str, int]] = {}

    def set(self, bus: Bus, room_id: str, user_id: str, on: bool) -> None:
        """Tells every node that a user has begun or stopped typing."""
        bus.publish_nowait(f"room:{room_id}", HINT, _Typed(user_id, on))

    def hear(self, hint: Ephemeral) -> None:
        """Takes a typing hint from the bus."""
        typed = msgspec.json.decode(hint.data, type=_Typed)
        room_id = hint.stream.partition(":")[2]
        users = self._until_ms.setdefault(room_id, {})
        before = set(users)
        if typed.on:
            users[typed.user_id] = _now_ms() + FORGET_MS
        else:
            users.pop(typed.user_id, None)
        if set(users) != before:
            self._tell(room_id)
        if not users:
            del self._until_ms[room_id]

    def sweep(self) -> None:
        """Forgets those who went silent; called once a second."""
        now_ms = _now_ms()
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


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""What other nodes have yet to hear of this node's sockets, and how they are told."""

import logging
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import Struct

from hub.presence.here import Here
from rooms.errors import Unavailable
from rooms.ids import room_stream
from rooms.presence import Device
from storage.bus import Bus
from storage.presence.places import Change, Places

log = logging.getLogger(__name__)

HINT = "hub:presence"
LEASE_MS = 7_000
HINTED_AT_ONCE = 100
"""Connections in one hint."""


class Said(Struct, frozen=True, array_like=True):
    """A hint on a room's channel: what a node has to say of its connections there."""

    node: str
    devices: Sequence[Device]
    gone: Sequence[str]


read_hint = msgspec.json.Decoder(Said).decode


class Telling:
    """Gathers changes, writes them to Redis, and says them on the channels of rooms.

    Args:
        store: Redis.
        here: this node's sockets by place.
        devices_of: a user's devices on this node.
        has_channel: whether a place has a channel that others hear.
    """

    def __init__(
        self,
        store: Places,
        here: Here,
        devices_of: Callable[[str], list[Device]],
        has_channel: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._here = here
        self._devices_of = devices_of
        self._has_channel = has_channel
        self._bus: Bus | None = None
        self._changed: dict[str, set[str]] = {}
        self._users: set[str] = set()
        self.failed = False
        """Redis did not take something: it gets all of it once it answers."""

    def attach(self, bus: Bus) -> None:
        """Names the bus that hints go out on."""
        self._bus = bus

    def note(self, place: str, connection_id: str) -> None:
        """Something about a connection in a place has changed."""
        self._changed.setdefault(place, set()).add(connection_id)

    def note_place(self, place: str) -> None:
        """All of this node's connections in a place are to be told."""
        self._changed.setdefault(place, set()).update(self._here.connections(place))

    def note_users(self, user_ids: Iterable[str]) -> None:
        """Something about these users' devices here has changed."""
        self._users.update(user_ids)

    async def tell(self) -> int:
        """Tells what was noted since the last time; returns how much that was."""
        changed, self._changed = self._changed, {}
        users, self._users = self._users, set()
        changes = {place: self._change(place, noted) for place, noted in changed.items()}
        try:
            if changes:
                await self._store.write(changes)
            if users:
                of_users = {user_id: self._devices_of(user_id) for user_id in users}
                await self._store.write_users(of_users, LEASE_MS)
        except Unavailable:
            self.failed = True
            log.debug("presence.redis_away")
        for place, change in changes.items():
            if self._has_channel(place):
                self._hint(place, change)
        return sum(len(noted) for noted in changed.values()) + len(users) // 10

    def _change(self, place: str, connections: Iterable[str]) -> Change:
        found = {one: self._here.find(place, one) for one in connections}
        return Change(
            [device for device in found.values() if device is not None],
            [one for one, device in found.items() if device is None],
        )

    def _hint(self, place: str, change: Change) -> None:
        if self._bus is None:
            return
        devices, gone = list(change.devices), list(change.gone)
        while devices or gone:
            said = Said(self._store.node, devices[:HINTED_AT_ONCE], gone[:HINTED_AT_ONCE])
            devices, gone = devices[HINTED_AT_ONCE:], gone[HINTED_AT_ONCE:]
            self._bus.publish_nowait(room_stream(place), HINT, said)

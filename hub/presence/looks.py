"""Who is where, as far as this node knows: what others ask of presence."""

import time

from hub.presence.place import View
from hub.presence.watched import Watched
from rooms import presence as rules
from storage.presence.places import Places


class Looks:
    """Looks at rooms.

    Args:
        store: knows which nodes live.
        watched: what people of this node watch.
    """

    def __init__(self, store: Places, watched: Watched) -> None:
        self._store = store
        self.watched = watched

    def present(self, room_id: str) -> tuple[str, ...]:
        """Users in a room as far as this node knows."""
        return self.watched.present(room_id)

    def all_present(self, room_id: str) -> tuple[str, ...]:
        """Users in a room; nobody as long as it is not known who is there by other nodes."""
        return self.present(room_id) if self.watched.is_whole(room_id) else ()

    def listening(self, room_id: str) -> tuple[str, ...]:
        """Users who hear a room's music; those in it where none is known to."""
        there = self.watched.present(room_id)
        place = self.watched.places.get(room_id)
        if place is None:
            return ()
        leases = self._store.leases
        hearing = rules.listeners(place.devices, place.view, time.time_ns() // 1_000_000, leases)
        return tuple(sorted(hearing)) or there

    def count(self, room_id: str) -> int:
        """How many users are in a room as far as this node knows."""
        place = self.watched.places.get(room_id)
        return len(place.view) if place is not None else 0

    async def there(self, room_id: str) -> tuple[str, ...]:
        """Users with a device in any room, also those who hide."""
        return await self.watched.there(room_id)

    async def room_view(
        self, room_id: str, user_id: str, hidden: frozenset[str] = frozenset()
    ) -> View:
        """A room's presence for a snapshot; nobody of `hidden` is in it."""
        return await self.watched.room_view(room_id, user_id, hidden)

"""What somebody shows of himself, and how others may see him: the same for sockets and REST."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import asdict

from hub.presence.presence import Presence
from hub.presence.shapes import UserPresence
from rooms.access import Principal
from rooms.errors import NotFound
from rooms.presence import Activity, Chosen, changed, is_hiding
from storage.backends import Pool
from storage.moderation.blocks import Blocks
from storage.presence import shown as store
from storage.presence.activities import shareable
from storage.rooms import rooms


class Showing:
    """Choices of presence, and looks at it.

    Args:
        pool: the database.
        presence: of this node.
        hides: told of each user who has just hidden.
    """

    def __init__(
        self, pool: Pool, presence: Presence, hides: Callable[[str], None] = lambda _user_id: None
    ) -> None:
        self._pool = pool
        self._presence = presence
        self._hides = hides
        self._blocks = Blocks(pool)

    async def change(self, user_id: str, changes: Mapping[str, Any]) -> Chosen:
        """Changes some fields of what the user shows; the others stay, so nobody is shown unasked.

        Returns all that he has chosen. Whoever has just hidden is hidden when this returns, not a
        moment later.
        """
        named = "activity" in changes
        activity = changes["activity"] if named else (await self.mine(user_id)).activity
        shared = await shareable(self._pool, activity)
        fields = {**changes, "activity": shared} if named or shared != activity else changes
        now_ms = time.time_ns() // 1_000_000
        shown = await store.change(
            self._pool, user_id, lambda chosen: changed(chosen, fields, now_ms)
        )
        if is_hiding(shown):
            self._hides(user_id)
        await self._presence.choose(user_id, shown)
        return shown

    async def set_activity(self, user_id: str, activity: Activity | None) -> Chosen:
        """What the user is doing; the rest of what he shows stays."""
        shown = await shareable(self._pool, activity)
        now_ms = time.time_ns() // 1_000_000
        chosen = await store.set_activity(self._pool, user_id, shown, now_ms)
        await self._presence.choose(user_id, chosen)
        return chosen

    async def mine(self, user_id: str) -> Chosen:
        """What the user has chosen, also while he hides."""
        return (await store.chosen(self._pool, [user_id]))[user_id]

    async def of(self, reader: Principal, user_id: str) -> UserPresence:
        """A user as `reader` may see him; who hides, or whom a block hides, is offline.

        Raises:
            NotFound: there is no such user; a guest asks for somebody outside of his room.
        """
        if not await store.is_user(self._pool, user_id):
            raise NotFound("There is no such user.")
        if reader.room_id is not None and user_id != reader.user_id:
            entry = await rooms.entry(self._pool, reader.room_id, user_id)
            if entry is None or entry.state != "joined":
                raise NotFound("There is no such user.")
        hidden = (await self._blocks.hidden_of([reader.user_id]))[reader.user_id]
        if user_id in hidden:
            return UserPresence(user_id, "offline", None, None, None, ())
        # What he chose a moment ago, on whichever node, holds for who asks now.
        chosen = await self.mine(user_id)
        found = await self._presence.watched.of_user(user_id, chosen)
        if found is not None:
            return UserPresence(user_id, **asdict(found))
        last_seen_at = await store.last_seen_at(self._pool, user_id, reader.user_id)
        return UserPresence(user_id, "offline", last_seen_at, None, None, ())

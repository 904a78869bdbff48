"""What a newcomer to a room starts from: everything at one seq, and who is there right now."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from hub.presence import Presence
from hub.sessions import Session
from hub.typing import Typing
from rooms.errors import NotFound
from rooms.feature import Context, Feature
from storage import rooms
from storage.backends import Pool


class RoomSnapshot(Struct, frozen=True):
    """A snapshot and its place in the log."""

    epoch: str
    seq: int
    body: Mapping[str, Any]


class Snapshots:
    """Builds snapshots from the database, presence and the features' views."""

    def __init__(
        self, pool: Pool, features: Sequence[Feature], presence: Presence, typing: Typing
    ) -> None:
        self._pool = pool
        self._features = features
        self._presence = presence
        self._typing = typing

    async def of_room(self, room_id: str, session: Session) -> RoomSnapshot:
        """The room as the owner of `session` may see it.

        Raises:
            NotFound: the room has just been deleted.
        """
        user_id = session.principal.user_id
        snapshot = await rooms.snapshot(self._pool, room_id, user_id, self._features)
        if snapshot is None:
            raise NotFound("There is no such room.")
        body: dict[str, Any] = {
            "room": snapshot.room,
            "members": snapshot.members,
            "chat": {
                "messages": snapshot.messages,
                "has_more_before": snapshot.has_more_before,
                "pinned": snapshot.pinned,
                "slow_mode_s": snapshot.slices["chat"].slow_mode_s,
                "marks": snapshot.marks,
            },
            "presence": await self._presence.room_view(room_id, user_id),
            "typing": self._typing.users(room_id),
        }
        return RoomSnapshot(
            snapshot.epoch,
            snapshot.seq,
            body | self.views(session, snapshot.slices, snapshot.room.facets),
        )

    def views(
        self, session: Session, slices: Mapping[str, Any], facets: Sequence[str]
    ) -> dict[str, Any]:
        """Each feature's view of its state, for the facets the room has."""
        context = Context(
            now_ms=time.time_ns() // 1_000_000,
            actor=session.actor,
            room=None,
            member=None,
            ids=(),
            slices=slices,
        )
        return {
            feature.name: feature.view(slices[feature.name], context)
            for feature in self._features
            if feature.view is not None
            and feature.state is not None
            and (feature.facet is None or feature.facet in facets)
        }

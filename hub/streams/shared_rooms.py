"""What everybody sees alike of a room, encoded once and kept while nothing of it changes."""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from rooms.chat.records import MessageView
from rooms.feature import Actor, Context, Feature
from rooms.ids import SYSTEM_USER_ID
from rooms.membership.records import RoomRecord
from rooms.room import Room
from storage.rooms.rooms import Mine, Snapshot

MAX_BYTES = 32 * 1024 * 1024
"""Of all rooms together; the one not entered for longest goes first."""
KEPT_S = 60.0
"""`streams.rev` says when something has changed; should that ever be wrong, it is not for long."""
SHOWN_REACTORS = 20
"""Beyond, each reader gets himself first among them, and the messages are his alone."""

_NOBODY = Actor(SYSTEM_USER_ID, "hub", "Hub", is_system=True)
_encode = msgspec.json.Encoder().encode


class SharedRoom(Struct, frozen=True):
    """One room at one `rev` of its stream."""

    epoch: str
    seq: int
    rev: int
    room: bytes
    """Its record up to what is the reader's own."""
    members: Raw
    messages: Raw
    has_more_before: bool
    pinned: Raw
    has_more_pinned: bool
    slow_mode_s: int
    views: Mapping[str, Raw]
    """Each feature's view."""
    for_all: bool
    """False when not even the messages look the same to everybody."""
    made_s: float

    @property
    def size_bytes(self) -> int:
        """What keeping it costs."""
        views = sum(len(bytes(view)) for view in self.views.values())
        texts = (self.members, self.messages, self.pinned)
        return len(self.room) + sum(len(bytes(text)) for text in texts) + views

    def room_of(self, mine: Mine | None) -> Raw:
        """The room's record as its reader sees it."""
        return Raw(self.room + _encode(mine) + b"}")


class SharedRooms:
    """The rooms that people of this node have entered lately."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = features
        self._rooms: OrderedDict[str, SharedRoom] = OrderedDict()
        self._bytes = 0

    def get(self, room_id: str, rev: int) -> SharedRoom | None:
        """The room as it is at `rev`, if it has been kept."""
        room = self._rooms.get(room_id)
        if room is None or room.rev != rev or time.monotonic() - room.made_s > KEPT_S:
            return None
        self._rooms.move_to_end(room_id)
        return room

    def keep(self, snapshot: Snapshot, rev: int) -> SharedRoom:
        """Encodes a room as nobody in particular sees it, and keeps it."""
        room = encode_room(snapshot, rev, self._features)
        room_id = snapshot.room.id
        before = self._rooms.pop(room_id, None)
        self._bytes += room.size_bytes - (before.size_bytes if before is not None else 0)
        self._rooms[room_id] = room
        while self._bytes > MAX_BYTES and len(self._rooms) > 1:
            self._bytes -= self._rooms.popitem(last=False)[1].size_bytes
        return room


def encode_room(snapshot: Snapshot, rev: int, features: Sequence[Feature]) -> SharedRoom:
    """A room that was read at `rev`, encoded but for what is the reader's own."""
    record = _encode(replace(snapshot.room, my=None))
    assert record.endswith(b',"my":null}')
    views = view_features(features, snapshot.slices, snapshot.room)
    return SharedRoom(
        epoch=snapshot.epoch,
        seq=snapshot.seq,
        rev=rev,
        room=record.removesuffix(b"null}"),
        members=Raw(_encode(snapshot.members)),
        messages=Raw(_encode(snapshot.messages)),
        has_more_before=snapshot.has_more_before,
        pinned=Raw(_encode(snapshot.pinned)),
        has_more_pinned=snapshot.has_more_pinned,
        slow_mode_s=snapshot.slices["chat"].slow_mode_s,
        views={name: Raw(_encode(view)) for name, view in views.items()},
        for_all=_looks_alike(snapshot.messages) and _looks_alike(snapshot.pinned),
        made_s=time.monotonic(),
    )


def view_features(
    features: Sequence[Feature], slices: Mapping[str, Any], record: RoomRecord
) -> dict[str, Any]:
    """Each feature's view of its state, for the facets the room has; the same for everybody."""
    context = Context(
        now_ms=time.time_ns() // 1_000_000,
        actor=_NOBODY,
        room=Room(
            record.id,
            record.name,
            record.type,
            record.creator_id,
            record.description,
            record.facets,
            record.policy,
        ),
        member=None,
        ids=(),
        slices=slices,
    )
    return {
        feature.name: feature.view(slices[feature.name], context)
        for feature in features
        if feature.view is not None
        and feature.state is not None
        and (feature.facet is None or feature.facet in record.facets)
    }


def _looks_alike(messages: Sequence[MessageView]) -> bool:
    return all(r.count <= SHOWN_REACTORS for message in messages for r in message.reactions)

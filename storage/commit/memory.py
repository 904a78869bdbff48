"""What a node remembers of the streams it has just written to.

A stream's `rev` grows with every change of the stream, its room, its members and its slices, by
whichever hand (migrations/0013). What was true at one rev is true while the rev stands, and a batch
writes only where it still does (`writing.move_streams`): so what is remembered may be used instead
of being read, and a batch that finds all it needs here is one round trip to PostgreSQL.
"""

import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec import Struct

from rooms.room import Member, Room

MAX_STREAMS = 2_000
MAX_MEMBERS = 2_000
"""Of one stream; about 1 MB. A room where more people speak is read anew."""
TRUSTED_S = 1.0
"""A stream that has not been written to from here for longer is read first: the other way, rooms
whose members sit on several nodes would find out in vain that another node was quicker."""


class Need(Struct, frozen=True):
    """What a batch asks of one stream."""

    user_ids: set[str]
    """Whose memberships."""
    states: dict[str, type[Struct]]
    """Which slices, and what they are."""


class Known:
    """A stream as it stood at `rev`."""

    __slots__ = ("epoch", "head_seq", "id", "kind", "members", "rev", "room", "slices", "told_s")

    def __init__(
        self, id: str, kind: str, epoch: str, head_seq: int, rev: int, room: Room | None
    ) -> None:
        self.id = id
        self.kind = kind
        self.epoch = epoch
        self.head_seq = head_seq
        self.rev = rev
        self.room = room
        """None for a user's stream."""
        self.members: dict[str, Member | None] = {}
        """By user id; None who never was one. Whoever is not in here has not been asked for."""
        self.slices: dict[str, Any] = {}
        """States by feature; None while there is no row of it."""
        self.told_s = 0.0
        """When PostgreSQL confirmed it, on the clock of `Memory`."""

    def holds(self, need: Need) -> bool:
        """Whether all that a batch asks is here."""
        return need.user_ids <= self.members.keys() and need.states.keys() <= self.slices.keys()


class Memory:
    """Streams by id, those forgotten that were not written to for longest."""

    def __init__(self) -> None:
        self._streams: OrderedDict[str, Known] = OrderedDict()

    def recall(self, needs: Mapping[str, Need]) -> dict[str, Known]:
        """Streams of which all that is needed is known; the others are left out."""
        since_s = time.monotonic() - TRUSTED_S
        recalled: dict[str, Known] = {}
        for stream_id, need in needs.items():
            known = self._streams.get(stream_id)
            if known is not None and known.told_s >= since_s and known.holds(need):
                recalled[stream_id] = known
        return recalled

    def complete(self, streams: Iterable[Known]) -> None:
        """Adds to what was just read what was known before, of streams that have not moved since.

        Else a room would know no more people than spoke in its last batch.
        """
        for known in streams:
            old = self._streams.get(known.id)
            if old is not None and old.rev == known.rev:
                known.members = old.members | known.members
                known.slices = old.slices | known.slices

    def keep(self, streams: Iterable[Known]) -> None:
        """Takes over what PostgreSQL has just confirmed."""
        now_s = time.monotonic()
        for known in streams:
            known.told_s = now_s
            if len(known.members) <= MAX_MEMBERS:
                self._streams[known.id] = known
                self._streams.move_to_end(known.id)
            else:
                self._streams.pop(known.id, None)
        while len(self._streams) > MAX_STREAMS:
            self._streams.popitem(last=False)

    def forget(self, stream_ids: Collection[str]) -> None:
        """They may have moved."""
        for stream_id in stream_ids:
            self._streams.pop(stream_id, None)

    def clear(self) -> None:
        """The connection was lost: whatever comes back may be another database."""
        self._streams.clear()

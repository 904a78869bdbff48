"""A stream while a batch works on it: what was known before, and what its commands changed."""

from typing import Any

from rooms.feature import Feature, RunAt
from rooms.room import Member, Room
from storage.commit.memory import Known
from storage.log import LogEvent

NEW = -1
"""`rev` of a stream that the batch itself makes."""


class Stream:
    """The state that the next command meets. `known` stays as it is until the commit."""

    __slots__ = (
        "fresh",
        "head_seq",
        "known",
        "members",
        "name",
        "new_room",
        "slices",
        "timers",
        "touched",
    )

    def __init__(self, known: Known) -> None:
        self.known = known
        self.name = f"{known.kind}:{known.id}"
        self.head_seq = known.head_seq
        self.touched = False
        """Something of it has to be written."""
        self.fresh: list[LogEvent] = []
        self.new_room: Room | None = None
        self.members: dict[str, Member] = {}
        self.slices: dict[str, Any] = {}
        self.timers: dict[str, RunAt] = {}

    @property
    def id(self) -> str:
        """Its UUID; a room's stream has that of the room."""
        return self.known.id

    @property
    def is_new(self) -> bool:
        """Whether this batch makes it."""
        return self.known.rev == NEW

    @property
    def room(self) -> Room | None:
        """The room, as changed by the commands before."""
        return self.new_room or self.known.room

    def member(self, user_id: str) -> Member | None:
        """A membership; None for who never had one."""
        return self.members.get(user_id) or self.known.members.get(user_id)

    def state(self, feature: Feature) -> Any:
        """A feature's slice, its first state while there is none; None when it keeps none."""
        if feature.state is None:
            return None
        found = self.slices.get(feature.name)
        if found is None:
            found = self.known.slices.get(feature.name)
        return found if found is not None else feature.state()

    def committed(self) -> Known:
        """What is known now that the batch is on disk."""
        known = self.known
        known.head_seq = self.head_seq
        known.rev += self.touched  # a new stream begins at 0
        if self.new_room is not None:
            known.room = self.new_room
        known.members.update(self.members)
        known.slices.update(self.slices)
        return known

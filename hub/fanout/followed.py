"""One stream that sockets of this node follow, and where it stands."""

from hub.door.sessions import Session
from hub.engine import EncodedEvent
from hub.recovery.offset import tag_of
from storage.log import LogEvent


class Follower:
    """A socket that joins: it gets nothing before its catch-up says up to where it knows."""

    __slots__ = ("floor", "waiting")

    def __init__(self) -> None:
        self.floor: int | None = None
        self.waiting: list[LogEvent | EncodedEvent] = []
        """What came meanwhile; an ephemeral event is encoded already."""


class Followed:
    """One followed stream."""

    __slots__ = (
        "ahead",
        "beside",
        "cursor",
        "epoch",
        "held",
        "hold_until",
        "joining",
        "live",
        "name",
        "tag",
        "wary",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.tag = tag_of(name).encode()
        """What offsets call it."""
        self.epoch = ""
        self.cursor: int | None = None
        """The last event delivered here."""
        self.live: set[Session] = set()
        self.wary: set[Session] = set()
        """Those of `live` to whom blocks hide somebody: what each may see is looked at."""
        self.joining: dict[Session, Follower] = {}
        self.held: dict[int, LogEvent] = {}
        self.hold_until = 0.0
        self.ahead = False
        self.beside: dict[Followed, None] | None = None
        """Both: see `hub/recovery/stamps.py`."""

    @property
    def stream_id(self) -> str:
        """Its id in the log."""
        return self.name.partition(":")[2]

    def next_held(self) -> LogEvent | None:
        """Takes out the held event that follows on the last one; drops those that are older."""
        if not self.held or self.cursor is None:
            return None
        event = self.held.pop(self.cursor + 1, None)
        if event is None:
            self.held = {seq: one for seq, one in self.held.items() if seq > self.cursor}
        return event

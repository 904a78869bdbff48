"""Bodies and answers of queues and co-listening (specification: queue, co-listening, playqueue)."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.refs import AnyId
from rooms.membership.commands import Name
from rooms.session.commands import MAX_LASTS_MS
from rooms.session.schedule import Stage

Volume = Annotated[int, Meta(ge=0, le=100)]
Position = Annotated[int, Meta(ge=0, le=10_000)]
Version = Annotated[int, Meta(ge=0, le=2**53)]
Repeat = Literal["off", "one", "all"]
DurationS = Annotated[int, Meta(ge=1, le=MAX_LASTS_MS // 1_000)]

Moment = Annotated[datetime, Meta(extra_json_schema={"format": "date-time"})]
"""ISO 8601 with its offset from UTC."""


class QueueChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of the caller's queue; what is left out stays."""

    current_track_id: AnyId | None = None
    """Is played next if it waits already, else it is added in front and played."""
    current_position: Annotated[int, Meta(ge=0, le=7 * 24 * 3600)] | None = None
    """Seconds into the track."""
    is_playing: bool | None = None
    shuffle: bool | None = None
    repeat_mode: Repeat | None = None
    volume: Volume | None = None
    """Percent; what his other devices start with."""


class NewQueueItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A track to be queued."""

    track_id: AnyId
    position: Position | None = None
    """Place among what waits, 0 is next; left out, or beyond the end: last."""
    version: Version | None = None
    """Refuse with REV_MISMATCH (409) unless the queue's `version` is this."""


class RemovedVersion(Struct, frozen=True, kw_only=True):
    """Query of what takes an item out."""

    version: Version | None = None
    """Refuse with REV_MISMATCH (409) unless the queue's `version` is this."""


class NewSharedQueue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A queue to be shared by its link."""

    name: Name = "Shared queue"


class NewListening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A track to be heard together; the caller becomes the host."""

    track_id: AnyId
    starts_at: Moment | None = None
    """When the hub starts the music, with an offset; left out, the host does."""
    expires_at: Moment | None = None
    """When the session ends; left out, it goes on, with or without anybody in it."""
    duration_s: DurationS | None = None
    """In place of `expires_at`: seconds from its start."""


class SessionTimes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times of a co-listening session; what is left out stays, null takes it back."""

    starts_at: Moment | UnsetType | None = UNSET
    """With an offset. In a session that has begun it sets another start."""
    expires_at: Moment | UnsetType | None = UNSET
    duration_s: DurationS | None = None


class ReplayQuery(Struct, frozen=True, kw_only=True):
    """Which page of a session's log."""

    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    """`next_after` of the page before."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 200


class QueueEntry(Struct, frozen=True, kw_only=True):
    """An item of a queue, playing or waiting."""

    id: str
    track_id: str
    position: int
    """Dense from 0; the playing item, if there is one, has 0."""
    title: str
    artist: str | None
    duration_ms: int | None
    is_playing: bool
    """True for the item that playback is at, also while it is paused."""
    added_by: str
    """User id."""
    added_at: str


class OwnQueueView(Struct, frozen=True, kw_only=True):
    """The caller's queue. It is a room of his own: sockets follow `room:{room_id}`."""

    room_id: str
    version: int
    """`queue_rev` of the room."""
    current_track_id: str | None
    current_position: int
    """Seconds into the track, at the time of the answer."""
    is_playing: bool
    shuffle: bool
    repeat_mode: Repeat
    volume: int
    items: list[QueueEntry]


class SharedQueueView(Struct, frozen=True, kw_only=True):
    """A shared queue."""

    share_token: str
    creator_id: str
    room_id: str
    version: int
    created_at: str
    items: list[QueueEntry]


class ListeningView(Struct, frozen=True, kw_only=True):
    """A co-listening session. It is a room: sockets follow `room:{id}`."""

    id: str
    host_id: str | None
    track_id: str | None
    """What plays now."""
    is_playing: bool
    position: float
    """Seconds into the track at `server_time_ms`."""
    server_time_ms: int
    """Unix ms."""
    created_at: str
    stage: Stage
    """`open`: nobody has set a time for its start."""
    starts_at: str | None
    expires_at: str | None

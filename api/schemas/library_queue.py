"""The library's play queue (specification, part C): integer ids, nothing around."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from api.refs import AnyId, IdText
from api.schemas.queues import Position, Repeat
from rooms.ids import Uuid


class Queued(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/playqueue: `track_ids` are the queue from now on; `track_id` is added to it."""

    NEEDS_ONE_OF: ClassVar[tuple[str, ...]] = ("track_id", "track_ids")

    track_id: AnyId | None = None
    position: Position | None = None
    """Place of `track_id` among what waits, 0 is next; left out, or beyond the end: last."""
    track_ids: Annotated[list[AnyId], Meta(max_length=100)] | None = None
    """All that shall wait, in this order; what plays plays on."""


class Unqueued(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """DELETE /api/playqueue: one item, by its id or its track; without either, everything."""

    item_id: Uuid | None = None
    track_id: AnyId | None = None
    """The first item of that track."""


class UnqueuedQuery(Struct, frozen=True, kw_only=True):
    """The same in the query of DELETE /api/playqueue, for clients that send no body with it."""

    item_id: Uuid | None = None
    track_id: IdText | None = None


class LibraryEntry(Struct, frozen=True, kw_only=True):
    """An item of the queue, playing or waiting."""

    id: str
    track_id: int | None
    """Null once the track has been deleted for good."""
    track_uuid: str
    position: int
    """Dense from 0; the playing item, if there is one, has 0."""
    title: str
    artist: str | None
    duration_ms: int | None
    is_playing: bool
    """True for the item that playback is at, also while it is paused."""
    added_at: str


class LibraryQueue(Struct, frozen=True, kw_only=True):
    """The caller's queue, the one of GET /api/v1/queue."""

    room_id: str
    version: int
    current_track_id: int | None
    current_track_uuid: str | None
    current_position: int
    """Seconds into the track, at the time of the answer."""
    is_playing: bool
    shuffle: bool
    repeat_mode: Repeat
    volume: int
    items: list[LibraryEntry]

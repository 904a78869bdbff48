"""What may be asked of a queue."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from rooms.ids import Uuid
from rooms.queue.items import (
    Autoplay,
    Limits,
    LimitsView,
    Order,
    QueueItem,
    QueueState,
    Repeat,
    show_item,
)

MAX_ADD = 100
"""Tracks of one `item:add`: an album or a long playlist page."""

Rev = Annotated[int, Meta(ge=0)]


class After(Struct, frozen=True, kw_only=True):
    """A place in the queue: behind that item."""

    after_id: Uuid


class AddItems(Struct, frozen=True, kw_only=True):
    """Queue some tracks, in this order."""

    room_id: Uuid
    op_id: Uuid
    track_ids: Annotated[tuple[Uuid, ...], Meta(min_length=1, max_length=MAX_ADD)]
    place: Literal["next", "last"] | After = "last"
    """An `after_id` that is gone meanwhile puts them last: nobody loses what he added."""
    if_rev: Rev | None = None
    """Refuse with REV_MISMATCH unless `queue_rev` is this."""


class MoveItem(Struct, frozen=True, kw_only=True):
    """Put a pending item before or behind another one; give exactly one of the two."""

    room_id: Uuid
    op_id: Uuid
    item_id: Uuid
    before_id: Uuid | None = None
    after_id: Uuid | None = None
    if_rev: Rev | None = None


class RemoveItem(Struct, frozen=True, kw_only=True):
    """Take a pending item out."""

    room_id: Uuid
    op_id: Uuid
    item_id: Uuid
    if_rev: Rev | None = None


class VoteItem(Struct, frozen=True, kw_only=True):
    """Vote for or against an item; 0 takes the vote back."""

    room_id: Uuid
    op_id: Uuid
    item_id: Uuid
    value: Literal[-1, 0, 1]


class VoteSkip(Struct, frozen=True, kw_only=True):
    """Ask for the next item; enough listeners who do get it."""

    room_id: Uuid
    item_id: Uuid
    """The item to be skipped; one that is not the current one any more changes nothing."""
    op_id: Uuid | None = None


class ClearQueue(Struct, frozen=True, kw_only=True):
    """Take all pending items out."""

    room_id: Uuid
    op_id: Uuid | None = None
    if_rev: Rev | None = None


class LockQueue(Struct, frozen=True, kw_only=True):
    """Leave edits to the host and moderators (`queue:lock`), or to all again (`queue:unlock`)."""

    room_id: Uuid
    op_id: Uuid | None = None
    if_rev: Rev | None = None


class UpdateQueue(Struct, frozen=True, kw_only=True):
    """Change what is given, keep the rest; `limits` are replaced as a whole."""

    room_id: Uuid
    op_id: Uuid | None = None
    repeat: Repeat | None = None
    shuffle: bool | None = None
    order: Order | None = None
    limits: Limits | None = None
    fallback_playlist_id: Uuid | UnsetType | None = UNSET
    """Playlist that goes on when nothing waits; null for none."""
    autoplay: Autoplay | None = None
    """`similar`: after that, tracks like the last one."""
    if_rev: Rev | None = None


class TrackReady(Struct, frozen=True, kw_only=True):
    """A queued track has been processed and can be heard (the hub's own command)."""

    room_id: Uuid
    track_id: Uuid
    title: str
    artist: str | None = None
    duration_ms: Annotated[int, Meta(ge=1)]
    has_cover: bool = False
    op_id: Uuid | None = None


class TrackFailed(Struct, frozen=True, kw_only=True):
    """A queued track can never be heard, or is gone (the hub's own command)."""

    room_id: Uuid
    track_id: Uuid
    op_id: Uuid | None = None


class Added(Struct, frozen=True, kw_only=True):
    """Answer to `item:add`."""

    items: tuple[QueueItem, ...]
    queue_rev: int


class Placed(Struct, frozen=True, kw_only=True):
    """Answer to `item:move` and `item:vote`: the item as it is now, null if it is gone."""

    item_id: str
    rank: str | None
    item: QueueItem | None
    applied: bool
    """False: it, or the item it was to stand by, is gone or it is there already. No error."""
    queue_rev: int


class Removed(Struct, frozen=True, kw_only=True):
    """Answer to `item:remove`."""

    item_id: str
    applied: bool
    """False: it was gone already."""
    queue_rev: int


class Settings(Struct, frozen=True, kw_only=True):
    """Answer to the `queue:` commands; the items are told by the events alone."""

    locked: bool
    repeat: Repeat
    shuffle: bool
    order: Order
    limits: LimitsView
    fallback_playlist_id: str | None
    autoplay: Autoplay
    queue_rev: int


class SkipAsked(Struct, frozen=True, kw_only=True):
    """Answer to `skip:vote`."""

    item_id: str
    votes: int
    needed: int
    skipped: bool
    """True: this vote was the last that was needed."""
    queue_rev: int


def placed(before: QueueState, after: QueueState, item_id: str) -> Placed:
    """The answer to a command that may have changed the place of an item."""
    item = after.find(item_id)
    return Placed(
        item_id=item_id,
        rank=None if item is None else item.rank,
        item=None if item is None else show_item(item),
        applied=after is not before,
        queue_rev=after.rev,
    )

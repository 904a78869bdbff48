"""What a queue holds: its items, its settings, and how both look on the wire."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from rooms.times import iso

MAX_ITEMS = 500
"""Items waiting or playing; more than that is a playlist, not a queue."""
MAX_HISTORY = 100
"""Items kept after they were played."""

ItemState = Literal["pending", "playing", "played", "skipped", "failed"]
Repeat = Literal["off", "one", "all"]
Order = Literal["manual", "votes", "fair"]
Autoplay = Literal["off", "similar"]


class AddedBy(Struct, frozen=True):
    """Who put an item into the queue, as he was called then."""

    user_id: str
    display_name: str


class TrackCard(Struct, frozen=True):
    """What the loader of `item:add` reads of a track."""

    id: str
    title: str
    artist: str | None
    duration_ms: int | None
    """Known once the track is ready."""
    ready: bool
    """True when it can be heard now; false while it is being processed."""
    failed: bool
    """True when it can never be heard."""
    may_hear: bool
    """True when the actor may hear it; a track he may not hear does not exist for him."""
    has_cover: bool = False
    """True when there is a picture to ask for."""


class Limits(Struct, frozen=True, omit_defaults=True):
    """What one person may put into the queue; None is no limit."""

    pending_per_user: Annotated[int, Meta(ge=1, le=MAX_ITEMS)] | None = None
    """Items of one user that wait at once."""
    consecutive: Annotated[int, Meta(ge=1, le=MAX_ITEMS)] | None = None
    """Items of one user in a row (order `manual`; the other orders mix by themselves)."""
    max_items: Annotated[int, Meta(ge=1, le=MAX_ITEMS)] | None = None
    """Items in the queue; never more than `MAX_ITEMS`."""
    no_repeat_s: Annotated[int, Meta(ge=1, le=7 * 24 * 3600)] | None = None
    """Seconds before a track that was played may be queued again, as far as the history reaches."""


class Settings(Struct, frozen=True, kw_only=True):
    """How a queue goes on, as far as its members set it; field by field the queue's own."""

    repeat: Repeat
    shuffle: bool
    order: Order
    limits: Limits
    fallback_playlist_id: str | None
    autoplay: Autoplay


class Item(Struct, frozen=True, omit_defaults=True):
    """One entry of the queue with its own id: the same track may be queued twice."""

    id: str
    track_id: str
    title: str
    artist: str | None
    duration_ms: int | None
    """None until the track is ready."""
    rank: str
    """Fractional key (rooms/queue/rank.py); the playing item has the lowest. Empty: not yet set."""
    added_by: AddedBy
    added_at_ms: int
    ready: bool = False
    state: ItemState = "pending"
    score: int = 0
    votes: dict[str, int] = field(default_factory=dict)
    """Votes of -1 or 1 by user id, while the item waits or plays."""
    home_rank: str | None = None
    """Where it stood before the queue was shuffled."""
    ended_at_ms: int | None = None
    """When it left for the history."""
    has_cover: bool = False
    """Known once the track is ready."""
    gone: bool = False
    """In the history: its track is no more, and nothing leads back to it."""

    @property
    def playable(self) -> bool:
        """True when it can be started now."""
        return self.ready and bool(self.duration_ms) and not self.gone


class SkipTally(Struct, frozen=True):
    """Who asked for the next item so far."""

    item_id: str
    user_ids: tuple[str, ...]
    votes: int
    needed: int


class Suggestion(Struct, frozen=True, kw_only=True):
    """A track somebody would like to hear, until those who may add answer."""

    id: str
    track_id: str
    title: str
    artist: str | None
    duration_ms: int | None
    note: str | None
    suggested_by: AddedBy
    suggested_at: str


class Undoable(Struct, frozen=True, omit_defaults=True):
    """An edit, and what it takes to undo it."""

    user_id: str
    kind: Literal["add", "move", "remove", "clear"]
    at_ms: int
    item_ids: tuple[str, ...] = ()
    """Of an `add`: what came; of a `move`: what moved."""
    items: tuple[Item, ...] = ()
    """Of a `remove` and a `clear`: what left, in order."""
    after_id: str | None = None
    """Whom it stood behind, the playing item included; None: it was the first of all."""


class QueueState(Struct, frozen=True, omit_defaults=True):
    """The slice: what plays, what comes, what was. `QueueState()` is a new room's."""

    rev: int = 0
    """Grows by one with each queue event (`queue_rev` on the wire)."""
    items: tuple[Item, ...] = ()
    """The playing item, if any, and the pending ones, by ascending rank."""
    history: tuple[Item, ...] = ()
    """What was played, skipped or failed, oldest first, at most `MAX_HISTORY`."""
    locked: bool = False
    repeat: Repeat = "off"
    shuffle: bool = False
    order: Order = "manual"
    limits: Limits = Limits()
    skip: SkipTally | None = None
    suggestions: tuple[Suggestion, ...] = ()
    """What was suggested and not answered yet, oldest first."""
    undoable: tuple[Undoable, ...] = ()
    """The last edits that can be taken back, oldest first (rooms/queue/undo.py)."""
    fallback_playlist_id: str | None = None
    """Playlist that goes on when nothing waits."""
    autoplay: Autoplay = "off"
    """What goes on when nothing waits and the fallback has nothing either."""

    @property
    def current(self) -> Item | None:
        """The item that playback is at, whether it sounds or is paused."""
        return self.items[0] if self.items and self.items[0].state == "playing" else None

    @property
    def pending(self) -> tuple[Item, ...]:
        """What waits, next first."""
        return self.items[1:] if self.current is not None else self.items

    def find(self, item_id: str) -> Item | None:
        """The playing or pending item of that id, None when it is gone or never was."""
        wanted = item_id.lower()
        return next((item for item in self.items if item.id == wanted), None)


class QueueItem(Struct, frozen=True, kw_only=True):
    """An item on the wire."""

    id: str
    track_id: str
    title: str
    artist: str | None
    duration_ms: int | None
    added_by: AddedBy
    added_at: str
    rank: str
    score: int
    state: ItemState
    ready: bool
    has_cover: bool
    """Whether `/api/v1/tracks/{track_id}/cover` and `…/thumbnail` have a picture."""
    played_at: str | None
    """When it ended; null while it waits or plays."""


class LimitsView(Struct, frozen=True, kw_only=True):
    """Limits on the wire: every field is there, null for none."""

    pending_per_user: int | None
    consecutive: int | None
    max_items: int
    no_repeat_s: int | None


def item_of(card: TrackCard, item_id: str, added_by: AddedBy, now_ms: int) -> Item:
    """A new item of a track, which has no place yet."""
    return Item(
        id=item_id,
        track_id=card.id,
        title=card.title,
        artist=card.artist,
        duration_ms=card.duration_ms,
        rank="",
        added_by=added_by,
        added_at_ms=now_ms,
        ready=card.ready,
        has_cover=card.has_cover,
    )


def show_item(item: Item) -> QueueItem:
    """The item as clients see it."""
    return QueueItem(
        id=item.id,
        track_id=item.track_id,
        title=item.title,
        artist=item.artist,
        duration_ms=item.duration_ms,
        added_by=item.added_by,
        added_at=iso(item.added_at_ms),
        rank=item.rank,
        score=item.score,
        state=item.state,
        ready=item.ready,
        has_cover=item.has_cover,
        played_at=None if item.ended_at_ms is None else iso(item.ended_at_ms),
    )


def show_limits(limits: Limits) -> LimitsView:
    """The limits as clients see them."""
    return LimitsView(
        pending_per_user=limits.pending_per_user,
        consecutive=limits.consecutive,
        max_items=limits.max_items or MAX_ITEMS,
        no_repeat_s=limits.no_repeat_s,
    )


def retire(item: Item, state: ItemState, now_ms: int) -> Item:
    """The item as the history keeps it: its score stays, who voted does not.

    What failed is never played again.
    """
    gone = item.gone or state == "failed"
    return replace(item, state=state, ended_at_ms=now_ms, votes={}, home_rank=None, gone=gone)

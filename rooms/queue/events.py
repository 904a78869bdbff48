"""What can happen in a queue, as it stands in the log.

Each event grows `queue_rev` by one, so a client that folds them knows that it missed none; every
twentieth carries `state_hash` (rooms/queue/state_hash.py): it also knows that it folded them right.
"""

from typing import Literal

from msgspec import Struct

from rooms.queue.items import Autoplay, ItemState, LimitsView, Order, QueueItem, Repeat, Suggestion

Reason = Literal["start", "ended", "skip", "previous", "vote", "error"]
"""Why the queue moved on. start: nothing was playing before; previous: back to what was played."""

LEAVES_AS: dict[Reason, ItemState] = {
    "ended": "played",
    "skip": "skipped",
    "vote": "skipped",
    "error": "failed",
    "previous": "pending",
}
"""State of the item that stops playing; one that becomes `pending` stays in the queue, as next."""


class ItemAdded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """New items, each with its place."""

    items: tuple[QueueItem, ...]
    queue_rev: int
    state_hash: str | None = None


class ItemMoved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item has a new rank."""

    item_id: str
    rank: str
    queue_rev: int
    state_hash: str | None = None


class ItemRemoved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item is gone and leaves no trace in the history."""

    item_id: str
    queue_rev: int
    state_hash: str | None = None


class ItemUpdated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything about an item that may change while it keeps its place."""

    item_id: str
    score: int
    state: ItemState
    """`failed`: it has left the queue for the history."""
    ready: bool
    has_cover: bool
    title: str
    artist: str | None
    duration_ms: int | None
    played_at: str | None
    queue_rev: int
    state_hash: str | None = None


class QueueUpdated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The settings as they are now, and the new ranks of all items that moved."""

    repeat: Repeat
    shuffle: bool
    order: Order
    limits: LimitsView
    fallback_playlist_id: str | None
    autoplay: Autoplay
    ranks: dict[str, str]
    """New rank by item id, only of those that changed."""
    queue_rev: int
    state_hash: str | None = None


class QueueCleared(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing waits any more; the playing item plays on."""

    queue_rev: int
    state_hash: str | None = None


class QueueLocked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Only the host and moderators may edit now."""

    queue_rev: int
    state_hash: str | None = None


class QueueUnlocked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everybody whom the policy allows may edit again."""

    queue_rev: int
    state_hash: str | None = None


class QueueAdvanced(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Another item is the current one."""

    from_item_id: str | None
    to_item_id: str | None
    reason: Reason
    from_state: ItemState | None
    """What the item became: in the history, or `pending` again in its place."""
    played_at: str | None
    """When it ended, if it went to the history."""
    item: QueueItem | None
    """The item that is current now, which may come from a history longer than the client's."""
    queue_rev: int
    state_hash: str | None = None


class SkipTallied(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vote to skip the current item."""

    item_id: str
    votes: int
    needed: int
    queue_rev: int
    state_hash: str | None = None


class SuggestionCreated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody would like to hear a track."""

    suggestion: Suggestion
    queue_rev: int
    state_hash: str | None = None


class SuggestionResolved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A suggestion is answered and gone."""

    suggestion_id: str
    outcome: Literal["approved", "rejected", "withdrawn"]
    item_id: str | None
    """What it became, if it was approved; `item:added` tells of it."""
    queue_rev: int
    state_hash: str | None = None

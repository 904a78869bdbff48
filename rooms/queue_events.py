"""What can happen in a queue, as it stands in the log.

Each event grows `queue_rev` by one, so a client that folds them knows that it missed none.
"""

from typing import Literal

from msgspec import Struct

from rooms.queue_items import ItemState, LimitsView, Order, QueueItem, Repeat

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


class ItemAdded(Struct, frozen=True, kw_only=True):
    """New items, each with its place."""

    items: tuple[QueueItem, ...]
    queue_rev: int


class ItemMoved(Struct, frozen=True, kw_only=True):
    """One item has a new rank."""

    item_id: str
    rank: str
    queue_rev: int


class ItemRemoved(Struct, frozen=True, kw_only=True):
    """One item is gone and leaves no trace in the history."""

    item_id: str
    queue_rev: int


class ItemUpdated(Struct, frozen=True, kw_only=True):
    """Everything about an item that may change while it keeps its place."""

    item_id: str
    score: int
    state: ItemState
    """`failed`: it has left the queue for the history."""
    ready: bool
    title: str
    artist: str | None
    duration_ms: int | None
    played_at: str | None
    queue_rev: int


class QueueUpdated(Struct, frozen=True, kw_only=True):
    """The settings as they are now, and the new ranks of all items that moved."""

    repeat: Repeat
    shuffle: bool
    order: Order
    limits: LimitsView
    ranks: dict[str, str]
    """New rank by item id, only of those that changed."""
    queue_rev: int


class QueueCleared(Struct, frozen=True, kw_only=True):
    """Nothing waits any more; the playing item plays on."""

    queue_rev: int


class QueueLocked(Struct, frozen=True, kw_only=True):
    """Only the host and moderators may edit now."""

    queue_rev: int


class QueueUnlocked(Struct, frozen=True, kw_only=True):
    """Everybody whom the policy allows may edit again."""

    queue_rev: int


class QueueAdvanced(Struct, frozen=True, kw_only=True):
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


class SkipTallied(Struct, frozen=True, kw_only=True):
    """A vote to skip the current item."""

    item_id: str
    votes: int
    needed: int
    queue_rev: int

"""The whole queue on the wire, for a newcomer."""

from msgspec import Struct

from rooms.queue.items import (
    Autoplay,
    LimitsView,
    Order,
    QueueItem,
    QueueState,
    Repeat,
    Suggestion,
    show_item,
    show_limits,
)
from rooms.queue.state_hash import state_hash

SNAPSHOT_HISTORY = 20
"""Items of the history that a newcomer gets."""


class SkipVotes(Struct, frozen=True):
    """How the vote to skip the current item stands."""

    item_id: str
    votes: int
    needed: int


class QueueView(Struct, frozen=True, kw_only=True):
    """The queue in a newcomer's snapshot, and the answer to `queue:get`."""

    items: tuple[QueueItem, ...]
    history: tuple[QueueItem, ...]
    """The last `SNAPSHOT_HISTORY`, oldest first."""
    queue_rev: int
    locked: bool
    repeat: Repeat
    shuffle: bool
    order: Order
    limits: LimitsView
    current_item_id: str | None
    skip: SkipVotes | None
    suggestions: tuple[Suggestion, ...]
    fallback_playlist_id: str | None
    autoplay: Autoplay
    state_hash: str
    """Of `items`, see rooms/queue/state_hash.py."""


def show_queue(queue: QueueState) -> QueueView:
    """The queue as a newcomer sees it."""
    tally, current = queue.skip, queue.current
    return QueueView(
        items=tuple(show_item(item) for item in queue.items),
        history=tuple(show_item(item) for item in queue.history[-SNAPSHOT_HISTORY:]),
        queue_rev=queue.rev,
        locked=queue.locked,
        repeat=queue.repeat,
        shuffle=queue.shuffle,
        order=queue.order,
        limits=show_limits(queue.limits),
        current_item_id=None if current is None else current.id,
        skip=None if tally is None else SkipVotes(tally.item_id, tally.votes, tally.needed),
        suggestions=queue.suggestions,
        fallback_playlist_id=queue.fallback_playlist_id,
        autoplay=queue.autoplay,
        state_hash=state_hash(queue.items),
    )

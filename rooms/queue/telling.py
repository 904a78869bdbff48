"""A queue on its way through one command: an event tells each step, and raises `rev` by one."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from rooms.feature import Event
from rooms.queue.events import ItemAdded, ItemMoved, ItemUpdated, QueueUpdated
from rooms.queue.items import MAX_HISTORY, Item, QueueState, show_item, show_limits
from rooms.queue.order import arrange, rank
from rooms.queue.state_hash import HASH_EVERY, state_hash
from rooms.times import iso


class Edit(Struct, frozen=True):
    """A queue on its way through one command, and what has happened to it so far."""

    queue: QueueState
    events: tuple[Event, ...] = ()


def say(edit: Edit, queue: QueueState, name: str, data: Struct) -> Edit:
    """The edit after one more event, which has brought the queue to where `queue` is."""
    if queue.rev % HASH_EVERY == 0:
        data = replace(data, state_hash=state_hash(queue.items))
    return Edit(queue, (*edit.events, Event(name, data)))


def added(edit: Edit, ranked: Sequence[Item], fresh_ids: set[str]) -> Edit:
    """New items have come; tells of those in `fresh_ids`."""
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=tuple(ranked))
    shown = tuple(show_item(item) for item in ranked if item.id in fresh_ids)
    return say(edit, queue, "item:added", ItemAdded(items=shown, queue_rev=queue.rev))


def updated(edit: Edit, item: Item) -> Edit:
    """An item of the queue has changed where it stands."""
    items = tuple(item if old.id == item.id else old for old in edit.queue.items)
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=items)
    told = ItemUpdated(
        item_id=item.id,
        score=item.score,
        state=item.state,
        ready=item.ready,
        has_cover=item.has_cover,
        title=item.title,
        artist=item.artist,
        duration_ms=item.duration_ms,
        played_at=None if item.ended_at_ms is None else iso(item.ended_at_ms),
        queue_rev=queue.rev,
    )
    return say(edit, queue, "item:updated", told)


def in_order(edit: Edit) -> Edit:
    """After an edit, orders that depend on the items themselves may want moves."""
    if edit.queue.order == "manual":
        return edit
    ranked = rank(arrange(edit.queue.items, edit.queue.order))
    return edit if ranked == edit.queue.items else reordered(edit, ranked)


def rerank(
    edit: Edit, wanted: Sequence[Item], but: str | None = None
) -> tuple[Edit, tuple[Item, ...]]:
    """Ranks the wanted items; tells of new ranks of items already known, except `but`."""
    ranked = rank(wanted)
    known = {item.id: item for item in edit.queue.items}
    moved = {
        item.id: item.rank
        for item in ranked
        if item.id != but and item.id in known and known[item.id].rank != item.rank
    }
    if not moved:
        return edit, ranked
    items = tuple(
        replace(item, rank=moved[item.id]) if item.id in moved else item
        for item in edit.queue.items
    )
    items = tuple(sorted(items, key=lambda item: item.rank))
    return _told_ranks(edit, items, moved), ranked


def reordered(edit: Edit, ranked: Sequence[Item]) -> Edit:
    """The same items with other ranks."""
    old = {item.id: item.rank for item in edit.queue.items}
    moved = {item.id: item.rank for item in ranked if old[item.id] != item.rank}
    return _told_ranks(edit, ranked, moved)


def settled_ranks(edit: Edit, items: Sequence[Item]) -> Edit:
    """The settings and all ranks that changed, in one event."""
    old = {item.id: item.rank for item in edit.queue.items}
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=tuple(items))
    told = QueueUpdated(
        repeat=queue.repeat,
        shuffle=queue.shuffle,
        order=queue.order,
        limits=show_limits(queue.limits),
        fallback_playlist_id=queue.fallback_playlist_id,
        autoplay=queue.autoplay,
        ranks={item.id: item.rank for item in items if old.get(item.id) != item.rank},
        queue_rev=queue.rev,
    )
    return say(edit, queue, "queue:updated", told)


def _told_ranks(edit: Edit, items: Sequence[Item], moved: dict[str, str]) -> Edit:
    if len(moved) != 1:
        return settled_ranks(edit, items)
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=tuple(items))
    ((item_id, new),) = moved.items()
    told = ItemMoved(item_id=item_id, rank=new, queue_rev=queue.rev)
    return say(edit, queue, "item:moved", told)


def kept(history: tuple[Item, ...]) -> tuple[Item, ...]:
    """As much of the history as is kept."""
    return history[-MAX_HISTORY:]

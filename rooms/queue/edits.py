"""Edits of a queue: each gives the queue after it and the events that tell of it.

Nobody's permission is asked here (rooms/queue/feature.py does), and nothing is known of playback.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import asdict, replace

from rooms.feature import Event
from rooms.queue.commands import TrackReady
from rooms.queue.events import (
    LEAVES_AS,
    ItemAdded,
    ItemMoved,
    ItemRemoved,
    ItemUpdated,
    QueueAdvanced,
    QueueCleared,
    QueueLocked,
    QueueUnlocked,
    QueueUpdated,
    Reason,
    SkipTallied,
)
from rooms.queue.items import (
    MAX_HISTORY,
    Item,
    QueueState,
    Settings,
    SkipTally,
    retire,
    show_item,
    show_limits,
)
from rooms.queue.order import arrange, rank, shuffled, unshuffled
from rooms.queue.state_hash import HASH_EVERY, state_hash
from rooms.times import iso


class Edit(Struct, frozen=True):
    """A queue on its way through one command, and what has happened to it so far."""

    queue: QueueState
    events: tuple[Event, ...] = ()


def add(edit: Edit, fresh: Sequence[Item], index: int) -> Edit:
    """Puts items before the pending item number `index`, or where the queue's order wants them."""
    queue = edit.queue
    pending = queue.pending
    current = queue.items[: len(queue.items) - len(pending)]
    wanted = (*current, *pending[:index], *fresh, *pending[index:])
    edit, ranked = _rerank(edit, arrange(wanted, queue.order))
    return _added(edit, ranked, {item.id for item in fresh})


def move(edit: Edit, item_id: str, index: int) -> Edit:
    """Puts a pending item before number `index` of the other pending ones."""
    queue = edit.queue
    mover = next(item for item in queue.pending if item.id == item_id)
    others = [item for item in queue.pending if item.id != item_id]
    others.insert(index, replace(mover, rank=""))
    current = () if queue.current is None else (queue.current,)
    ranked = rank((*current, *others))
    if [item.id for item in ranked] == [item.id for item in queue.items]:
        return edit
    return _reordered(edit, ranked)


def remove(edit: Edit, item_id: str) -> Edit:
    """Takes a pending item out."""
    left = tuple(item for item in edit.queue.items if item.id != item_id)
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=left)
    return _in_order(
        say(edit, queue, "item:removed", ItemRemoved(item_id=item_id, queue_rev=queue.rev))
    )


def clear(edit: Edit) -> Edit:
    """Takes all pending items out."""
    current = edit.queue.current
    left = () if current is None else (current,)
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=left)
    return say(edit, queue, "queue:cleared", QueueCleared(queue_rev=queue.rev))


def lock(edit: Edit) -> Edit:
    """Closes the queue for those who do not steer it."""
    queue = replace(edit.queue, rev=edit.queue.rev + 1, locked=True)
    return say(edit, queue, "queue:locked", QueueLocked(queue_rev=queue.rev))


def unlock(edit: Edit) -> Edit:
    """Opens it again."""
    queue = replace(edit.queue, rev=edit.queue.rev + 1, locked=False)
    return say(edit, queue, "queue:unlocked", QueueUnlocked(queue_rev=queue.rev))


def update(edit: Edit, settings: Settings, seed: str) -> Edit:
    """Changes the settings; `seed` decides the order of a shuffle that begins now."""
    queue = edit.queue
    wanted = queue.items
    if settings.shuffle and not queue.shuffle:
        wanted = shuffled(wanted, seed)
    elif queue.shuffle and not settings.shuffle:
        wanted = unshuffled(wanted)
    ranked = rank(arrange(wanted, settings.order))
    changed = replace(queue, **asdict(settings))
    if changed == queue and ranked == queue.items:
        return edit
    return _settled(replace(edit, queue=changed), ranked)


def vote(edit: Edit, item_id: str, user_id: str, value: int) -> Edit:
    """Sets one user's vote; 0 takes it back."""
    item = edit.queue.find(item_id)
    if item is None or item.votes.get(user_id, 0) == value:
        return edit
    votes = {voter: given for voter, given in item.votes.items() if voter != user_id}
    if value:
        votes[user_id] = value
    return _in_order(_updated(edit, replace(item, votes=votes, score=sum(votes.values()))))


def make_ready(edit: Edit, made: TrackReady) -> Edit:
    """A track that was being processed can be heard: every item of it can play."""
    track_id = made.track_id.lower()
    for item in edit.queue.items:
        if item.track_id == track_id and not item.playable:
            ready = replace(
                item,
                ready=True,
                title=made.title,
                artist=made.artist,
                duration_ms=made.duration_ms,
                has_cover=made.has_cover,
            )
            edit = _updated(edit, ready)
    return edit


def fail(edit: Edit, track_id: str, now_ms: int) -> Edit:
    """A track can never be heard: its pending items go to the history."""
    for item in edit.queue.pending:
        if item.track_id != track_id:
            continue
        failed = retire(replace(item, ready=False), "failed", now_ms)
        edit = _updated(edit, failed)
        left = tuple(other for other in edit.queue.items if other.id != item.id)
        history = _kept((*edit.queue.history, failed))
        edit = replace(edit, queue=replace(edit.queue, items=left, history=history))
    return _in_order(edit)


def tally(edit: Edit, skip: SkipTally) -> Edit:
    """Keeps a vote to skip."""
    queue = replace(edit.queue, rev=edit.queue.rev + 1, skip=skip)
    told = SkipTallied(
        item_id=skip.item_id, votes=skip.votes, needed=skip.needed, queue_rev=queue.rev
    )
    return say(edit, queue, "skip:tallied", told)


def advance(edit: Edit, to: Item | None, reason: Reason, now_ms: int, copy_id: str | None) -> Edit:
    """Makes `to` (pending, or of the history) the current item and puts the current one away.

    With `copy_id` the item that ends comes again at the end of the queue, as a new item: that is
    how repeat `all` goes round, while the history stays a list of what was played.
    """
    queue, current = edit.queue, edit.queue.current
    to_id = None if to is None else to.id
    rest = [item for item in queue.pending if item.id != to_id]
    history = tuple(item for item in queue.history if item.id != to_id)
    left_as = None if current is None else LEAVES_AS[reason]
    if current is not None and left_as == "pending":
        rest.insert(0, replace(current, state="pending"))
    elif current is not None and left_as is not None:
        history = _kept((*history, retire(current, left_as, now_ms)))
    front = () if to is None else (_started(to, rest),)
    again: tuple[Item, ...] = ()
    if current is not None and copy_id is not None:
        again = (_again(current, copy_id),)
    edit, ranked = _rerank(edit, arrange((*front, *rest, *again), queue.order), but=to_id)
    if again:
        # It comes before the rest is told: until then the old item plays.
        coming = [item for item in ranked if item.id == copy_id]
        told_so_far = sorted((*edit.queue.items, *coming), key=lambda item: item.rank)
        edit = _added(edit, told_so_far, {item.id for item in coming})
    start = ranked[0] if to is not None else None
    after = replace(edit.queue, rev=edit.queue.rev + 1, items=ranked, history=history, skip=None)
    told = QueueAdvanced(
        from_item_id=None if current is None else current.id,
        to_item_id=to_id,
        reason=reason,
        from_state=left_as,
        played_at=None if left_as in (None, "pending") else iso(now_ms),
        item=None if start is None else show_item(start),
        queue_rev=after.rev,
    )
    return say(edit, after, "queue:advanced", told)


def _started(item: Item, rest: Sequence[Item]) -> Item:
    """The item at the front: it keeps its rank if that is the lowest."""
    keeps = item.state == "pending" and (not rest or item.rank < rest[0].rank)
    return replace(
        item,
        state="playing",
        rank=item.rank if keeps else "",
        home_rank=None,
        ended_at_ms=None,
    )


def _again(item: Item, copy_id: str) -> Item:
    return replace(item, id=copy_id, state="pending", rank="", score=0, votes={}, home_rank=None)


def _added(edit: Edit, ranked: Sequence[Item], fresh_ids: set[str]) -> Edit:
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=tuple(ranked))
    shown = tuple(show_item(item) for item in ranked if item.id in fresh_ids)
    return say(edit, queue, "item:added", ItemAdded(items=shown, queue_rev=queue.rev))


def _updated(edit: Edit, item: Item) -> Edit:
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


def _in_order(edit: Edit) -> Edit:
    """After an edit, orders that depend on the items themselves may want moves."""
    if edit.queue.order == "manual":
        return edit
    ranked = rank(arrange(edit.queue.items, edit.queue.order))
    return edit if ranked == edit.queue.items else _reordered(edit, ranked)


def _rerank(
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


def _reordered(edit: Edit, ranked: Sequence[Item]) -> Edit:
    old = {item.id: item.rank for item in edit.queue.items}
    moved = {item.id: item.rank for item in ranked if old[item.id] != item.rank}
    return _told_ranks(edit, ranked, moved)


def _told_ranks(edit: Edit, items: Sequence[Item], moved: dict[str, str]) -> Edit:
    if len(moved) != 1:
        return _settled(edit, items)
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=tuple(items))
    ((item_id, new),) = moved.items()
    told = ItemMoved(item_id=item_id, rank=new, queue_rev=queue.rev)
    return say(edit, queue, "item:moved", told)


def _settled(edit: Edit, items: Sequence[Item]) -> Edit:
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


def say(edit: Edit, queue: QueueState, name: str, data: Struct) -> Edit:
    """The edit after one more event, which has brought the queue to where `queue` is."""
    if queue.rev % HASH_EVERY == 0:
        data = replace(data, state_hash=state_hash(queue.items))
    return Edit(queue, (*edit.events, Event(name, data)))


def _kept(history: tuple[Item, ...]) -> tuple[Item, ...]:
    return history[-MAX_HISTORY:]

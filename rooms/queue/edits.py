"""Edits of a queue: each gives the queue after it and the events that tell of it.

Nobody's permission is asked here (rooms/queue/feature.py does), and nothing is known of playback.
"""

from collections.abc import Sequence

from msgspec.structs import asdict, replace

from rooms.queue.commands import TrackReady
from rooms.queue.events import ItemRemoved, QueueCleared, QueueLocked, QueueUnlocked, SkipTallied
from rooms.queue.items import Item, QueueState, Settings, SkipTally, retire
from rooms.queue.order import arrange, rank, shuffled, unshuffled
from rooms.queue.telling import (
    Edit,
    added,
    in_order,
    kept,
    reordered,
    rerank,
    say,
    settled_ranks,
    updated,
)


def add(edit: Edit, fresh: Sequence[Item], index: int) -> Edit:
    """Puts items before the pending item number `index`, or where the queue's order wants them."""
    queue = edit.queue
    pending = queue.pending
    current = queue.items[: len(queue.items) - len(pending)]
    wanted = (*current, *pending[:index], *fresh, *pending[index:])
    edit, ranked = rerank(edit, arrange(wanted, queue.order))
    return added(edit, ranked, {item.id for item in fresh})


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
    return reordered(edit, ranked)


def remove(edit: Edit, item_id: str) -> Edit:
    """Takes a pending item out."""
    left = tuple(item for item in edit.queue.items if item.id != item_id)
    queue = replace(edit.queue, rev=edit.queue.rev + 1, items=left)
    return in_order(
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
    return settled_ranks(replace(edit, queue=changed), ranked)


def vote(edit: Edit, item_id: str, user_id: str, value: int) -> Edit:
    """Sets one user's vote; 0 takes it back."""
    item = edit.queue.find(item_id)
    if item is None or item.votes.get(user_id, 0) == value:
        return edit
    votes = {voter: given for voter, given in item.votes.items() if voter != user_id}
    if value:
        votes[user_id] = value
    return in_order(updated(edit, replace(item, votes=votes, score=sum(votes.values()))))


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
            edit = updated(edit, ready)
    return edit


def fail(edit: Edit, track_id: str, now_ms: int) -> Edit:
    """A track can never be heard: its pending items go to the history, and none comes back."""
    edit = replace(edit, queue=_without_ways_back(edit.queue, track_id))
    for item in edit.queue.pending:
        if item.track_id != track_id:
            continue
        failed = retire(replace(item, ready=False), "failed", now_ms)
        edit = updated(edit, failed)
        left = tuple(other for other in edit.queue.items if other.id != item.id)
        history = kept((*edit.queue.history, failed))
        edit = replace(edit, queue=replace(edit.queue, items=left, history=history))
    return in_order(edit)


def _without_ways_back(queue: QueueState, track_id: str) -> QueueState:
    """The queue where neither `previous` nor an undo leads to a track any more."""
    if not any(item.track_id == track_id for item in queue.history) and not any(
        item.track_id == track_id for entry in queue.undoable for item in entry.items
    ):
        return queue
    history = tuple(
        replace(item, gone=True) if item.track_id == track_id else item for item in queue.history
    )
    undoable = tuple(
        replace(entry, items=tuple(i for i in entry.items if i.track_id != track_id))
        for entry in queue.undoable
    )
    return replace(queue, history=history, undoable=undoable)


def tally(edit: Edit, skip: SkipTally) -> Edit:
    """Keeps a vote to skip."""
    queue = replace(edit.queue, rev=edit.queue.rev + 1, skip=skip)
    told = SkipTallied(
        item_id=skip.item_id, votes=skip.votes, needed=skip.needed, queue_rev=queue.rev
    )
    return say(edit, queue, "skip:tallied", told)

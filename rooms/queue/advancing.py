"""The queue moves on: another item becomes the current one, and the one before it is put away."""

from collections.abc import Sequence

from msgspec.structs import replace

from rooms.queue.events import LEAVES_AS, QueueAdvanced, Reason
from rooms.queue.items import Item, retire, show_item
from rooms.queue.order import arrange
from rooms.queue.telling import Edit, added, kept, rerank, say
from rooms.times import iso


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
        history = kept((*history, retire(current, left_as, now_ms)))
    front = () if to is None else (_started(to, rest),)
    again: tuple[Item, ...] = ()
    if current is not None and copy_id is not None:
        again = (_again(current, copy_id),)
    edit, ranked = rerank(edit, arrange((*front, *rest, *again), queue.order), but=to_id)
    if again:
        # It comes before the rest is told: until then the old item plays.
        coming = [item for item in ranked if item.id == copy_id]
        told_so_far = sorted((*edit.queue.items, *coming), key=lambda item: item.rank)
        edit = added(edit, told_so_far, {item.id for item in coming})
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

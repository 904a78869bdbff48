"""The order in which a queue plays, and the fewest new ranks that bring it about.

Rank is the one truth of order on the wire: votes, fairness and shuffle are moves that the server
makes, so a client that sorts by rank is always right and needs to know none of them.
"""

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from msgspec.structs import replace

from rooms.queue.items import Item, Order
from rooms.queue.rank import between, spread


def arrange(items: Sequence[Item], order: Order) -> tuple[Item, ...]:
    """The items in the order they should play; the playing one stays first.

    votes: highest score first, the longest waiting first among equals.
    fair: round robin by contributor. Everyone's first item comes before anyone's second; whoever's
    item is playing has had his turn of this round. Within a round the longest waiting comes first.
    """
    current = tuple(item for item in items if item.state == "playing")
    pending = [item for item in items if item.state != "playing"]
    match order:
        case "manual":
            return (*current, *pending)
        case "votes":
            return (*current, *sorted(pending, key=lambda i: (-i.score, i.added_at_ms)))
        case "fair":
            turns = Counter(item.added_by.user_id for item in current)
            rounds: dict[str, int] = {}
            for item in pending:
                rounds[item.id] = turns[item.added_by.user_id]
                turns[item.added_by.user_id] += 1
            pending.sort(key=lambda i: (rounds[i.id], i.added_at_ms))
            return (*current, *pending)


def shuffled(items: Sequence[Item], seed: str) -> tuple[Item, ...]:
    """The pending items in an order that depends on `seed` and their ids alone.

    Each remembers its place in `home_rank`, so that `unshuffled` brings the old order back.
    """
    current = tuple(item for item in items if item.state == "playing")
    pending = [replace(i, home_rank=i.rank) for i in items if i.state != "playing"]
    pending.sort(key=lambda i: hashlib.sha256(f"{seed}:{i.id}".encode()).digest())
    return (*current, *pending)


def unshuffled(items: Sequence[Item]) -> tuple[Item, ...]:
    """The order before `shuffled`; what was added since then comes after it."""
    current = tuple(item for item in items if item.state == "playing")
    pending = sorted(
        (i for i in items if i.state != "playing"),
        key=lambda i: (i.home_rank is None, i.home_rank or i.rank),
    )
    return (*current, *(replace(item, home_rank=None) for item in pending))


def rank(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items with ranks that ascend in the given order.

    As many as possible keep their rank (all but those outside a longest ascending run); an item
    whose rank is empty gets one. When there is no room between two neighbours all get new ranks.
    """
    kept = _longest_run([item.rank for item in items])
    ranks: list[str] = [items[i].rank if i in kept else "" for i in range(len(items))]
    start = 0
    while start < len(ranks):
        if ranks[start]:
            start += 1
            continue
        stop = start
        while stop < len(ranks) and not ranks[stop]:
            stop += 1
        low = ranks[start - 1] if start else None
        high = ranks[stop] if stop < len(ranks) else None
        fresh = between(low, high, stop - start)
        if fresh is None:
            ranks = list(spread(len(items)))
            break
        ranks[start:stop] = fresh
        start = stop
    return tuple(
        item if item.rank == new else replace(item, rank=new)
        for item, new in zip(items, ranks, strict=True)
    )


def _longest_run(ranks: Sequence[str]) -> set[int]:
    """Indexes of a longest strictly ascending run of the ranks that are set (patience sorting)."""
    known = [value for value in ranks if value]
    if all(a < b for a, b in pairwise(known)):  # all but always: one item moved or came
        return {index for index, value in enumerate(ranks) if value}
    tails: list[str] = []
    at: list[int] = []
    before: dict[int, int | None] = {}
    for index, value in enumerate(ranks):
        if not value:
            continue
        place = bisect_left(tails, value)
        before[index] = at[place - 1] if place else None
        tails[place : place + 1] = [value]
        at[place : place + 1] = [index]
    run: set[int] = set()
    step = at[-1] if at else None
    while step is not None:
        run.add(step)
        step = before[step]
    return run

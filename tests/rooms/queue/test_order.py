from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.queue.items import AddedBy, Item, Order
from rooms.queue.order import arrange, rank, shuffled, unshuffled
from rooms.queue.rank import MAX_DIGITS, spread


def item(name: str, by: str = "ann", score: int = 0, at_ms: int = 0, rank: str = "") -> Item:
    return Item(
        id=name,
        track_id="t",
        title=name,
        artist=None,
        duration_ms=1_000,
        rank=rank,
        added_by=AddedBy(by, by),
        added_at_ms=at_ms,
        score=score,
        ready=True,
    )


def playing(found: Item) -> Item:
    return replace(found, state="playing")


def names(items: Sequence[Item]) -> str:
    return " ".join(i.id for i in items)


def listed(*found: Item) -> tuple[Item, ...]:
    return tuple(replace(i, rank=r) for i, r in zip(found, spread(len(found)), strict=True))


def test_by_hand_is_as_it_stands() -> None:
    assert names(arrange([item("b"), item("a", score=9)], "manual")) == "b a"


def test_votes_put_the_highest_first_and_the_longest_waiting_among_equals() -> None:
    items = [item("new", at_ms=9), item("disliked", score=-1), item("old"), item("liked", score=2)]
    assert names(arrange(items, "votes")) == "liked old new disliked"


@pytest.mark.parametrize(
    ("contributors", "expected"),
    [
        ("a a a b", "a0 b3 a1 a2"),
        ("a a b b c c", "a0 b2 c4 a1 b3 c5"),
        ("a b c", "a0 b1 c2"),
        ("", ""),
    ],
)
def test_fair_takes_turns(contributors: str, expected: str) -> None:
    items = [item(f"{by}{n}", by=by, at_ms=n) for n, by in enumerate(contributors.split())]
    assert names(arrange(items, "fair")) == expected


def test_fair_counts_the_playing_item_as_a_turn() -> None:
    items = [playing(item("a0", by="a")), item("a1", by="a", at_ms=1), item("b1", "b", at_ms=2)]
    assert names(arrange(items, "fair")) == "a0 b1 a1"


@pytest.mark.parametrize("order", ["manual", "votes", "fair"])
def test_the_playing_item_stays_first(order: Order) -> None:
    items = [playing(item("now", score=-5, at_ms=99)), item("x", score=9)]
    assert names(arrange(items, order)) == "now x"


item_lists = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(-3, 3), st.integers(0, 5)), max_size=30
).map(lambda rows: [item(f"i{n}", *row) for n, row in enumerate(rows)])


@given(item_lists, st.sampled_from(["manual", "votes", "fair"]))
def test_arranging_twice_changes_nothing_and_loses_nothing(items: list[Item], order: Order) -> None:
    once = arrange(items, order)
    assert arrange(once, order) == once
    assert sorted(i.id for i in once) == sorted(i.id for i in items)


@given(st.permutations(range(25)), st.sets(st.integers(0, 24)))
def test_ranks_ascend_in_the_wanted_order(wanted: list[int], fresh: set[int]) -> None:
    old = spread(25)
    items = [item(f"i{n}", rank="" if n in fresh else old[n]) for n in wanted]
    ranked = rank(items)
    assert [i.id for i in ranked] == [i.id for i in items]
    assert all(a.rank < b.rank for a, b in pairwise(ranked))
    assert all(len(i.rank) <= MAX_DIGITS for i in ranked)


def test_moving_one_item_gives_one_new_rank() -> None:
    a, b, c, d = listed(item("a"), item("b"), item("c"), item("d"))
    ranked = rank([d, a, b, c])
    assert [i.rank for i in ranked[1:]] == [a.rank, b.rank, c.rank]
    assert ranked[0].rank < a.rank


def test_what_is_in_order_keeps_all_its_ranks() -> None:
    items = listed(item("a"), item("b"), item("c"))
    assert rank(items) == items


def test_a_queue_without_room_is_spread_anew() -> None:
    tight = "V00000" + "0" * (MAX_DIGITS - 7) + "1"
    ranked = rank([item("a", rank="V00000"), item("new"), item("b", rank=tight)])
    assert tuple(i.rank for i in ranked) == spread(3)


@given(item_lists.filter(bool), st.text(max_size=5))
def test_shuffle_is_the_same_for_all_and_can_be_taken_back(items: list[Item], seed: str) -> None:
    before = listed(*items)
    mixed = rank(shuffled(before, seed))
    assert mixed == rank(shuffled(before, seed))
    assert [i.id for i in rank(unshuffled(mixed))] == [i.id for i in before]
    assert all(i.home_rank is None for i in unshuffled(mixed))


def test_shuffle_depends_on_its_seed_and_leaves_the_playing_item() -> None:
    items = listed(playing(item("now")), *(item(f"i{n}") for n in range(20)))
    one, two = shuffled(items, "1"), shuffled(items, "2")
    assert names(one) != names(two)
    assert one[0].id == two[0].id == "now"
    assert names(unshuffled(rank(one))) == names(items)


def test_what_came_after_a_shuffle_stands_behind_what_was_there() -> None:
    mixed = rank(shuffled(listed(item("a"), item("b"), item("c")), "s"))
    with_new = rank([item("new"), *mixed])
    assert names(unshuffled(with_new)) == "a b c new"

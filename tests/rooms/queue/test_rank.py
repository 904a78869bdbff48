from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.queue.rank import DIGITS, HEAD_DIGITS, MAX_DIGITS, between, spread


def insert(ranks: list[str], index: int, count: int = 1) -> list[str]:
    """The list with fresh ranks before `index`, spread anew when there was no room."""
    low = ranks[index - 1] if index else None
    high = ranks[index] if index < len(ranks) else None
    fresh = between(low, high, count)
    if fresh is None:
        return list(spread(len(ranks) + count))
    return [*ranks[:index], *fresh, *ranks[index:]]


def is_sound(ranks: list[str]) -> bool:
    ascending = all(a < b for a, b in pairwise(ranks))
    return ascending and all(
        HEAD_DIGITS <= len(r) <= MAX_DIGITS and set(r) <= set(DIGITS) for r in ranks
    )


def test_digits_sort_as_code_units_do() -> None:
    assert list(DIGITS) == sorted(DIGITS)


def test_first_ranks_stand_around_the_middle() -> None:
    assert between(None, None, 2) == ("V00000", "V01000")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("V00000", None, ("V01000",)),
        (None, "V00000", ("Uzz000",)),
        ("V00000", "V00002", ("V00001",)),
        ("V00000", "V00001", ("V00000V",)),
        ("V00000", "V000001", ("V000000V",)),
    ],
)
def test_a_rank_fits_between_its_neighbours(
    low: str | None, high: str | None, expected: tuple[str, ...]
) -> None:
    assert between(low, high) == expected


def test_no_room_is_said_and_not_made() -> None:
    assert between("zzzzzz", None) is None
    assert between(None, "000000") is None
    assert between("V00000", "V00000" + "0" * (MAX_DIGITS - HEAD_DIGITS - 1) + "1") is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 100)), max_size=40))
def test_any_insertions_keep_ranks_in_order_and_short(places: list[tuple[int, int]]) -> None:
    ranks: list[str] = []
    for place, count in places:
        ranks = insert(ranks, place % (len(ranks) + 1), count)
    assert is_sound(ranks)


@pytest.mark.parametrize("index", [0, 1, -1])
def test_two_thousand_insertions_at_one_place_stay_short(index: int) -> None:
    ranks = list(spread(2))
    for _ in range(2_000):
        ranks = insert(ranks, index % (len(ranks) + 1) if index >= 0 else len(ranks) - 1)
    assert is_sound(ranks)


def test_spreading_anew_is_rare_even_at_the_worst_place() -> None:
    low, high = spread(2)
    insertions = 0
    while (fresh := between(low, high)) is not None:
        high, insertions = fresh[0], insertions + 1
    assert insertions > 40


@given(st.integers(0, 1_000))
def test_spread_makes_that_many_sound_ranks(count: int) -> None:
    ranks = list(spread(count))
    assert len(ranks) == count
    assert is_sound(ranks)

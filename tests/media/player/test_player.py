"""One open player: credits, jumps, rungs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.player.adapt import Report
from media.player.chunks import Quality, timeline_of
from media.player.player import MAX_CREDITS, Player, Wanted
from rooms.errors import Invalid
from tests.media.player.test_chunks import rung

RUNGS = tuple(
    rung(name, bps, segments=20)
    for name, bps in (("low", 64_000), ("medium", 128_000), ("high", 256_000))
)


def player(quality: Quality = "auto") -> Player:
    return Player("tracks/x/1", RUNGS, timeline_of(RUNGS, 79_000), quality)


def taken(open_player: Player) -> list[Wanted]:
    found = []
    while (wanted := open_player.take_next()) is not None:
        found.append(wanted)
    return found


def test_each_credit_is_one_chunk_and_the_first_brings_the_init_segment() -> None:
    one = player()
    assert one.take_next() is None
    granted = one.ask(0, 3)
    assert (granted.from_index, granted.credits, granted.rung) == (0, 3, "medium")
    wanted = taken(one)
    assert [w.index for w in wanted] == [0, 1, 2]
    assert [w.has_init for w in wanted] == [True, False, False]


def test_going_on_adds_and_anything_else_replaces() -> None:
    one = player()
    one.ask(0, 2)
    one.take_next()
    one.ask(2, 2)
    assert [w.index for w in taken(one)] == [1, 2, 3]
    one.ask(4, 4)
    turn = one.turn
    one.ask(10, 1)
    assert one.turn != turn
    assert [(w.index, w.has_init) for w in taken(one)] == [(10, True)]


def test_no_more_than_eight_are_under_way() -> None:
    one = player()
    assert one.ask(0, MAX_CREDITS).credits == MAX_CREDITS
    assert one.ask(8, 3).credits == 0
    one.take_next()
    assert one.ask(8, 3).credits == 1


def test_a_request_at_the_end_gives_what_there_is() -> None:
    one = player()
    assert one.ask(18, 8).credits == 2
    assert [w.index for w in taken(one)] == [18, 19]


@pytest.mark.parametrize("index", [-1, 20, 2**40])
def test_a_chunk_that_is_not_there_is_refused(index: int) -> None:
    with pytest.raises(Invalid) as refused:
        player().ask(index, 1)
    assert refused.value.fields[0].code == "OUT_OF_RANGE"


def test_a_seek_drops_what_was_asked_for() -> None:
    one = player()
    one.ask(0, 5)
    assert one.seek(40_000) == 10
    assert one.take_next() is None
    assert one.next_index == 10
    for bad_ms in (-1, 79_000):
        with pytest.raises(Invalid):
            one.seek(bad_ms)


def test_a_change_of_rung_brings_the_new_init_segment() -> None:
    one = player()
    one.ask(0, 4)
    one.take_next()
    assert not one.report(Report(1_000_000, 6_000))
    assert one.report(Report(1_000_000, 12_000))
    wanted = one.take_next()
    assert wanted is not None
    assert (wanted.index, wanted.rung.name, wanted.has_init) == (1, "high", True)
    assert [w.has_init for w in taken(one)] == [False, False]


def test_a_chosen_quality_stays_whatever_is_reported() -> None:
    one = player("low")
    assert not one.report(Report(9_000_000, 20_000))
    assert one.rung.name == "low"
    assert one.ask(0, 1, "high").rung == "high"
    assert one.ask(1, 1, "auto").rung == "high"


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("ask"), st.integers(0, 19), st.integers(1, 8)),
            st.tuples(st.just("take"), st.just(0), st.just(0)),
            st.tuples(st.just("seek"), st.integers(0, 78_999), st.just(0)),
        ),
        max_size=60,
    )
)
def test_never_more_than_was_asked_for_and_init_after_each_jump(
    steps: list[tuple[str, int, int]],
) -> None:
    one = player()
    credit, turn_of_last = 0, None
    for kind, value, count in steps:
        if kind == "ask":
            turn = one.turn
            granted = one.ask(value, count)
            credit = granted.credits + (credit if one.turn == turn else 0)
            assert credit <= MAX_CREDITS
        elif kind == "seek":
            one.seek(value)
            credit = 0
        else:
            wanted = one.take_next()
            assert (wanted is None) == (credit == 0)
            if wanted is not None:
                credit -= 1
                assert wanted.has_init == (wanted.turn != turn_of_last)
                turn_of_last = wanted.turn

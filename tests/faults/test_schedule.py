from hypothesis import given
from hypothesis import strategies as st

from tests.faults.harness.schedule import ALL_KINDS, as_lines, from_lines, make_schedule


def test_there_are_kinds_enough_and_each_comes() -> None:
    schedule = make_schedule(1, 90, 3, pause_s=1.0)

    assert len(ALL_KINDS) >= 20
    assert {fault.kind for fault in schedule} == set(ALL_KINDS)


@given(st.integers(), st.floats(1, 200))
def test_one_seed_is_one_schedule_that_can_be_printed(seed: int, seconds: float) -> None:
    schedule = make_schedule(seed, seconds, 3, pause_s=1.0)

    assert schedule == make_schedule(seed, seconds, 3, pause_s=1.0)
    assert from_lines(as_lines(schedule)) == schedule
    assert all(0 <= fault.target < 3 and fault.at_s <= seconds + 0.01 for fault in schedule)


@given(st.integers())
def test_a_new_kind_leaves_the_times_alone(seed: int) -> None:
    few = make_schedule(seed, 60, 3, kinds=ALL_KINDS[:1] + ALL_KINDS[-1:], pause_s=5.0)
    longer = make_schedule(seed, 120, 3, kinds=ALL_KINDS[:1] + ALL_KINDS[-1:], pause_s=5.0)

    assert longer[: len(few)] == few

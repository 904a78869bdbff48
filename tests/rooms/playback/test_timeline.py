import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.playback.timeline import Timeline, anchor_at, end_at, position_at

rates = st.integers(500, 2_000).map(lambda thousandths: thousandths / 1_000)
lines = st.builds(
    Timeline,
    position_ms=st.integers(0, 600_000),
    at_ms=st.integers(1_700_000_000_000, 1_800_000_000_000),
    running=st.booleans(),
    rate=rates,
    duration_ms=st.none() | st.integers(600_000, 4_000_000),
)
times = st.integers(-5_000, 5_000_000)


@pytest.mark.parametrize(
    ("line", "after_ms", "position_ms"),
    [
        (Timeline(0, 0, running=True), 1_234, 1_234),
        (Timeline(500, 0, running=True, rate=1.5), 100, 650),
        (Timeline(500, 0, running=True, rate=0.75), 1, 500.75),
        (Timeline(500, 0, running=False), 100, 500),
        (Timeline(500, 0, running=True), -100, 500),
        (Timeline(500, 0, running=True, duration_ms=550), 100, 550),
    ],
)
def test_position_is_where_the_line_says(line: Timeline, after_ms: int, position_ms: float) -> None:
    assert position_at(line, after_ms) == position_ms


@pytest.mark.parametrize(
    ("line", "end_ms"),
    [
        (Timeline(0, 1_000, running=True, duration_ms=60_000), 61_000),
        (Timeline(59_000, 1_000, running=True, duration_ms=60_000), 2_000),
        (Timeline(0, 0, running=True, rate=1.5, duration_ms=100), 67),
        (Timeline(100, 7, running=True, duration_ms=100), 7),
        (Timeline(0, 0, running=False, duration_ms=100), None),
        (Timeline(0, 0, running=True), None),
    ],
)
def test_end_is_the_first_whole_ms_with_nothing_left(line: Timeline, end_ms: int | None) -> None:
    assert end_at(line) == end_ms


@given(lines, times, times)
def test_position_never_runs_backwards(line: Timeline, one: int, other: int) -> None:
    early, late = sorted((line.at_ms + one, line.at_ms + other))
    assert position_at(line, early) <= position_at(line, late)


@given(lines, times)
def test_anchor_is_less_than_a_ms_ahead_and_exact_at_rate_one(line: Timeline, ms: int) -> None:
    t_ms = line.at_ms + ms
    ahead_ms = anchor_at(line, t_ms) - position_at(line, t_ms)
    assert 0 <= ahead_ms < 1
    if line.rate == 1:
        assert ahead_ms == 0


@given(lines)
def test_end_is_reached_then_and_not_a_ms_before(line: Timeline) -> None:
    end_ms = end_at(line)
    if end_ms is None:
        assert not line.running or line.duration_ms is None
        return
    assert line.duration_ms is not None
    assert position_at(line, end_ms) == line.duration_ms
    assert end_ms == line.at_ms or position_at(line, end_ms - 1) < line.duration_ms


@given(lines, st.lists(st.tuples(st.integers(0, 10_000), rates), max_size=12))
def test_a_change_of_rate_is_no_step_back_and_no_leap(
    line: Timeline, changes: list[tuple[int, float]]
) -> None:
    for after_ms, rate in changes:
        t_ms = line.at_ms + after_ms
        before_ms = position_at(line, t_ms)
        line = Timeline(anchor_at(line, t_ms), t_ms, line.running, rate, line.duration_ms)
        assert 0 <= position_at(line, t_ms) - before_ms < 1

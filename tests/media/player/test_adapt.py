"""The choice of a rung, held by properties: it neither swings nor overreaches."""

from hypothesis import given
from hypothesis import strategies as st

from media.player.adapt import (
    DOWN_BELOW_MS,
    HOLD_REPORTS,
    START_BPS,
    UP_ABOVE_MS,
    USABLE_SHARE,
    Adaptation,
    Estimate,
    Report,
    adapt,
    start,
)

LADDER = (64_000, 128_000, 256_000, 900_000)

ladders = st.lists(st.integers(16_000, 6_000_000), min_size=1, max_size=5, unique=True).map(sorted)
throughputs = st.integers(0, 50_000_000)
buffers = st.lists(st.integers(0, 60_000), min_size=1, max_size=60)


def feasible(ladder: list[int], throughput_bps: float) -> int:
    fits = [i for i, bps in enumerate(ladder) if bps <= USABLE_SHARE * throughput_bps]
    return max(fits, default=0)


@given(ladders, throughputs, buffers, st.data())
def test_a_constant_throughput_moves_a_listener_in_one_direction_only(
    ladder: list[int], throughput_bps: int, buffered: list[int], data: st.DataObject
) -> None:
    state = Adaptation(data.draw(st.integers(0, len(ladder) - 1)))
    rungs = [state.rung]
    for buffer_ms in buffered:
        state = adapt(ladder, state, Report(throughput_bps, buffer_ms))
        rungs.append(state.rung)
    assert rungs in (sorted(rungs), sorted(rungs, reverse=True))


@given(ladders, throughputs, st.data())
def test_who_runs_low_is_at_once_on_a_rung_that_a_known_line_carries(
    ladder: list[int], throughput_bps: int, data: st.DataObject
) -> None:
    known = Estimate(float(throughput_bps), float(throughput_bps))
    state = Adaptation(data.draw(st.integers(0, len(ladder) - 1)), known)
    low = adapt(ladder, state, Report(throughput_bps, DOWN_BELOW_MS - 1))
    assert low.rung <= max(feasible(ladder, throughput_bps), 0)


@given(ladders, throughputs, throughputs, st.integers(0, 4))
def test_a_line_that_breaks_in_is_obeyed_within_a_few_reports(
    ladder: list[int], before_bps: int, after_bps: int, rung: int
) -> None:
    state = Adaptation(min(rung, len(ladder) - 1), Estimate(float(before_bps), float(before_bps)))
    for _ in range(40):
        state = adapt(ladder, state, Report(after_bps, DOWN_BELOW_MS - 1))
    # One bit a second of slack: an average only comes near.
    assert state.rung <= feasible(ladder, after_bps + max(1, before_bps / 10_000))


@given(ladders, throughputs)
def test_a_full_buffer_leads_to_the_best_rung_the_line_carries(
    ladder: list[int], throughput_bps: int
) -> None:
    state = start(ladder)
    for _ in range(len(ladder)):
        state = adapt(ladder, state, Report(throughput_bps, UP_ABOVE_MS + 1))
    assert state.rung == max(feasible(ladder, throughput_bps), start(ladder).rung)


@given(ladders, throughputs, throughputs, st.integers(0, 60_000))
def test_more_throughput_never_gives_a_lower_rung(
    ladder: list[int], one_bps: int, other_bps: int, buffer_ms: int
) -> None:
    low, high = sorted((one_bps, other_bps))
    state = start(ladder)
    poor = adapt(ladder, state, Report(low, buffer_ms)).rung
    assert poor <= adapt(ladder, state, Report(high, buffer_ms)).rung


@given(ladders, st.lists(st.tuples(throughputs, st.integers(0, 60_000), st.integers(0, 9))))
def test_any_reports_leave_a_rung_that_there_is_and_climb_one_at_a_time(
    ladder: list[int], reports: list[tuple[int, int, int]]
) -> None:
    state = start(ladder)
    for throughput_bps, buffer_ms, underruns in reports:
        after = adapt(ladder, state, Report(throughput_bps, buffer_ms, underruns))
        assert 0 <= after.rung < len(ladder)
        assert after.rung <= state.rung + 1
        state = after


@given(st.integers(100_000, 2_000_000), st.integers(0, 3))
def test_a_simulated_listener_settles_and_never_runs_dry_again(
    throughput_bps: int, rung: int
) -> None:
    """Four-second chunks over a constant line: the buffer follows from the rung, as it does."""
    state, buffer_ms, underruns = Adaptation(rung), 0.0, 0
    late_rungs: list[int] = []
    dry_late = 0
    for step in range(120):
        download_ms = 4_000 * LADDER[state.rung] / throughput_bps
        if step and download_ms > buffer_ms:
            underruns += 1
            dry_late += step > 10
        buffer_ms = min(max(buffer_ms - download_ms, 0) + 4_000, 30_000)
        state = adapt(LADDER, state, Report(throughput_bps, int(buffer_ms), underruns))
        if step > 60:
            late_rungs.append(state.rung)
    assert dry_late == 0
    assert len(set(late_rungs)) == 1
    assert late_rungs[0] >= feasible(list(LADDER), throughput_bps)
    assert LADDER[late_rungs[0]] <= throughput_bps


def test_the_first_rung_is_a_careful_one() -> None:
    assert START_BPS == 128_000
    assert start(LADDER).rung == 1
    assert start((300_000, 900_000)).rung == 0


def test_a_buffer_between_the_marks_changes_nothing() -> None:
    for buffer_ms in (DOWN_BELOW_MS, 6_000, UP_ABOVE_MS):
        for throughput_bps in (10_000, 10_000_000):
            state = Adaptation(1)
            assert adapt(LADDER, state, Report(throughput_bps, buffer_ms)).rung == 1


def test_who_ran_dry_goes_down_and_stays_there_for_a_while() -> None:
    state = adapt(LADDER, Adaptation(2), Report(10_000_000, 12_000, underruns=1))
    assert state.rung == 1
    for _ in range(HOLD_REPORTS - 1):
        state = adapt(LADDER, state, Report(10_000_000, 12_000, underruns=1))
        assert state.rung == 1
    assert adapt(LADDER, state, Report(10_000_000, 12_000, underruns=1)).rung == 2


def test_without_a_measurement_nobody_climbs() -> None:
    assert adapt(LADDER, Adaptation(1), Report(None, 20_000)).rung == 1

from hypothesis import given
from hypothesis import strategies as st

from media.player.playhead import AHEAD_MS, Playhead

times = st.integers(0, 10**9)


@given(times, times, times)
def test_it_moves_with_the_clock_while_it_runs(position: int, now: int, later: int) -> None:
    head = Playhead().started(position, now)
    assert head.position_at(now + later) == position + later
    stands = head.paused(now + later)
    assert stands.position_at(now + later + later) == position + later


@given(times, times, times, st.booleans())
def test_a_move_neither_starts_nor_stops_it(
    position: int, now: int, elsewhere: int, runs: bool
) -> None:
    head = Playhead(position, now, is_running=runs)
    moved = head.moved(elsewhere, now)
    assert (moved.position_at(now), moved.is_running) == (elsewhere, runs)


@given(times, times)
def test_what_is_near_is_sent_at_once_and_the_rest_in_time(position: int, start: int) -> None:
    head = Playhead().started(position, 0)
    wait_ms = head.wait_ms(start, 0)
    assert (wait_ms == 0) == (start <= position + AHEAD_MS)
    assert head.wait_ms(start, wait_ms) == 0
    assert wait_ms == 0 or head.wait_ms(start, wait_ms - 1) == 1

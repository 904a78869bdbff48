"""Samples of an RTMP broadcast are counted; its times only tell what is missing."""

from hypothesis import given
from hypothesis import strategies as st

from media.rtmp.stamps import TOLERANCE_MS, Stamps

FRAME = 1_024


def test_times_in_whole_milliseconds_tear_nothing() -> None:
    stamps = Stamps()
    placed = [stamps.place(1_000 + n * FRAME * 1_000 // 48_000, FRAME) for n in range(10_000)]
    assert placed == [n * FRAME for n in range(10_000)]


def test_a_frame_that_was_lost_is_a_hole_of_its_length() -> None:
    stamps = Stamps()
    assert stamps.place(0, 48_000) == 0
    assert stamps.place(1_500, 48_000) == 72_000
    assert stamps.place(2_500, 48_000) == 120_000


def test_a_clock_that_is_set_back_leaves_no_hole() -> None:
    stamps = Stamps()
    assert stamps.place(60_000, 48_000) == 0
    assert stamps.place(0, 48_000) == 48_000
    assert stamps.place(1_000, 48_000) == 96_000
    assert stamps.place(3_000, 48_000) == 192_000


def test_sound_without_a_time_follows_what_was_before() -> None:
    stamps = Stamps()
    assert [stamps.place(None, 100), stamps.place(7, 100), stamps.place(None, 100)] == [0, 100, 200]


@given(st.lists(st.tuples(st.none() | st.integers(0, 10**9), st.integers(0, 24_000)), max_size=50))
def test_whatever_the_times_no_two_pieces_overlap(pieces: list[tuple[int | None, int]]) -> None:
    stamps = Stamps()
    end = 0
    for at_ms, samples in pieces:
        start = stamps.place(at_ms, samples)
        assert start >= end
        end = start + samples


@given(st.lists(st.integers(-TOLERANCE_MS // 3, TOLERANCE_MS // 3), max_size=50))
def test_jitter_moves_nothing(jitter_ms: list[int]) -> None:
    stamps = Stamps()
    for number, off_ms in enumerate(jitter_ms):
        assert stamps.place(1_000 + 20 * number + off_ms, 960) == 960 * number

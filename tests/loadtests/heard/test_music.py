"""How the line is cut into tracks."""

from itertools import pairwise

import pytest

from loadtests.heard.music import FIRST_SAMPLES, MOST_TRACKS, TRACK_RATE_HZ, ends


@pytest.mark.parametrize("seconds", [15, 75, 330, 500])
def test_a_line_of_any_length_is_covered_by_as_many_tracks_as_may_be_uploaded(seconds: int) -> None:
    wanted = seconds * TRACK_RATE_HZ
    found = list(ends(wanted, 600 * TRACK_RATE_HZ))
    assert found[:2] == [0, FIRST_SAMPLES]
    assert all(start < end for start, end in pairwise(found))
    assert found[-1] >= wanted
    assert len(found) - 1 <= MOST_TRACKS


def test_it_ends_where_the_recordings_do() -> None:
    found = list(ends(330 * TRACK_RATE_HZ, 200 * TRACK_RATE_HZ))
    assert found[-1] == 200 * TRACK_RATE_HZ
    assert len(found) - 1 <= MOST_TRACKS

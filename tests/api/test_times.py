from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.times import utc
from rooms.times import iso

moments = st.floats(0, 7e9).map(lambda at_s: datetime.fromtimestamp(at_s, UTC))


@given(moments)
def test_a_time_has_milliseconds_and_z_and_is_the_nearest(moment: datetime) -> None:
    shown = datetime.fromisoformat(utc(moment))
    assert abs((shown - moment).total_seconds()) <= 0.0005
    assert len(utc(moment)) == len("2026-11-21T10:30:00.123Z")


@given(st.integers(0, 2**42))
def test_whole_milliseconds_are_shown_as_sockets_show_them(at_ms: int) -> None:
    moment = datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=at_ms % 1000 * 1000)
    assert utc(moment) == iso(at_ms)


def test_half_a_second_past_midnight_stays_that_day() -> None:
    assert utc(datetime(2026, 1, 1, microsecond=500_000, tzinfo=UTC)) == "2026-01-01T00:00:00.500Z"
    with pytest.raises(OverflowError):
        utc(datetime.max.replace(tzinfo=UTC))

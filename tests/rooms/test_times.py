from datetime import UTC, datetime

import pytest

from rooms.errors import Invalid
from rooms.times import moment_of


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T10:30:00.5Z", datetime(2026, 11, 21, 10, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-11-21T10:30:00+02:00", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("2026-11-21t10:30", datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_day_is_its_first_moment_in_utc(when: str, moment: datetime) -> None:
    assert moment_of("before", when) == moment
    assert moment_of("before", None) is None


@pytest.mark.parametrize("when", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_refused_with_its_field(when: str) -> None:
    with pytest.raises(Invalid) as refused:
        moment_of("after", when)
    assert [field.field for field in refused.value.fields] == ["after"]

"""An auditorium: beyond its size nobody is told of each."""

import pytest
from msgspec import ValidationError, convert

from rooms.playback.audience import (
    LEAST_PACE_MS,
    LONGEST_PACE_MS,
    REPORTS_PER_S,
    is_auditorium,
    report_pace_ms,
)
from rooms.room import Policy
from tests.rooms.party import HOST, TRACKS, Party, uid


@pytest.mark.parametrize(
    ("present", "pace_ms"),
    [(200, None), (201, 10_050), (1_000, 50_000), (5_000, LONGEST_PACE_MS)],
)
def test_all_together_report_as_often_as_a_small_room_does(
    present: int, pace_ms: int | None
) -> None:
    assert report_pace_ms(present, Policy()) == pace_ms
    if pace_ms is not None and pace_ms < LONGEST_PACE_MS:
        assert present * 1_000 / pace_ms <= REPORTS_PER_S


def test_its_size_is_the_rooms_own_and_never_above_what_can_be_listed() -> None:
    small = convert({"auditorium_from": 2}, Policy)
    assert is_auditorium(3, small)
    assert not is_auditorium(2, small)
    assert report_pace_ms(3, small) == LEAST_PACE_MS
    for size in (0, 201):
        with pytest.raises(ValidationError):
            convert({"auditorium_from": size}, Policy)


def test_a_start_waits_for_nobody_there() -> None:
    here = tuple(uid(n) for n in range(11, 15))
    for size, status in ((4, "waiting"), (3, "playing")):
        party = Party(convert({"wait": "all", "auditorium_from": size}, Policy), present=here)
        party.add(TRACKS[0])
        assert party.do("playback:play", HOST)["status"] == status

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.errors import Invalid
from rooms.playback.commands import Report
from rooms.playback.drift import DEAD_BAND_MS, MAX_NUDGE, SEEK_FROM_MS, Verdict, judge
from rooms.playback.state import START_LEAD_MS, PlaybackState, line_of
from rooms.playback.timeline import position_at
from tests.rooms.party import NOW_MS, ROOM_ID, uid

PLAYING = PlaybackState(
    rev=3, item_id=uid(1), duration_ms=200_000, status="playing", at_ms=NOW_MS - 30_000
)


def off_by(
    drift_ms: float, playback: PlaybackState = PLAYING, age_ms: int = 40, item_id: str = uid(1)
) -> Verdict:
    """The verdict on a player that is `drift_ms` ahead, measured `age_ms` ago."""
    at_ms = NOW_MS - age_ms
    position_ms = max(0.0, position_at(line_of(playback), at_ms) + drift_ms)
    report = Report(room_id=ROOM_ID, item_id=item_id, position_ms=position_ms, at_ms=at_ms)
    return judge(playback, report, NOW_MS)


@pytest.mark.parametrize("drift_ms", [0, 2.9, -2.9])
def test_in_the_dead_band_nothing_is_done(drift_ms: float) -> None:
    assert off_by(drift_ms) == Verdict(drift_ms=drift_ms, action="none")


@pytest.mark.parametrize(
    ("drift_ms", "rate", "for_ms"),
    [(60, 0.985, 4_000), (-60, 1.015, 4_000), (-240, 1.03, 8_000), (240, 0.97, 8_000)],
)
def test_a_small_drift_is_nudged_away(drift_ms: float, rate: float, for_ms: int) -> None:
    verdict = off_by(drift_ms)
    assert (verdict.action, verdict.rate) == ("rate", rate)
    assert verdict.at_ms == NOW_MS + for_ms
    assert verdict.position_ms is None


@pytest.mark.parametrize("drift_ms", [250, -250, 5_000, -20_000])
def test_a_large_drift_is_a_jump_to_where_the_others_will_be(drift_ms: float) -> None:
    verdict = off_by(drift_ms)
    assert (verdict.action, verdict.at_ms) == ("seek", NOW_MS + START_LEAD_MS)
    assert verdict.position_ms == 30_000 + START_LEAD_MS


@given(st.floats(-249.9, 249.9), st.integers(500, 2_000), st.integers(0, 5_000))
def test_below_a_quarter_second_nobody_is_made_to_seek(
    drift_ms: float, rate: int, age_ms: int
) -> None:
    playback = replace(PLAYING, rate=rate / 1_000)
    verdict = off_by(drift_ms, playback, age_ms)
    assert verdict.action != "seek"
    if verdict.action == "rate":
        assert verdict.rate is not None
        assert abs(verdict.rate / playback.rate - 1) <= MAX_NUDGE + 1e-4


@given(
    st.floats(DEAD_BAND_MS + 0.01, SEEK_FROM_MS - 0.01),
    st.sampled_from([-1, 1]),
    st.integers(500, 2_000),
)
def test_a_nudge_ends_on_the_beat(size_ms: float, sign: int, rate: int) -> None:
    playback = replace(PLAYING, rate=rate / 1_000)
    verdict = off_by(sign * size_ms, playback, age_ms=0)
    assert verdict.action == "rate"
    assert verdict.rate is not None
    assert verdict.at_ms is not None
    assert verdict.drift_ms is not None
    left_ms = verdict.drift_ms + (verdict.rate - playback.rate) * (verdict.at_ms - NOW_MS)
    assert abs(left_ms) < 0.1


def test_a_listener_of_another_item_is_not_compared() -> None:
    assert off_by(0, item_id=uid(2)) == Verdict(drift_ms=None, action="none")


@pytest.mark.parametrize("at_ms", [NOW_MS + 900, NOW_MS - 20])
def test_a_change_that_is_about_to_take_effect_is_waited_for(at_ms: int) -> None:
    assert off_by(400, replace(PLAYING, at_ms=at_ms)).drift_ms is None


def test_a_paused_listener_is_told_where_the_others_stand() -> None:
    paused = replace(PLAYING, status="paused", position_ms=30_000)
    assert off_by(100, paused).action == "none"
    verdict = off_by(-1_000, paused)
    assert (verdict.action, verdict.position_ms) == ("seek", 30_000)


def test_nobody_is_sent_behind_the_end() -> None:
    last_second = replace(PLAYING, at_ms=NOW_MS - 199_500)
    assert off_by(-5_000, last_second).action == "none"


@pytest.mark.parametrize("wrong_ms", [3_600_000, -3_600_000, 10_001])
def test_a_clock_an_hour_off_is_sent_to_measure_again(wrong_ms: int) -> None:
    report = Report(room_id=ROOM_ID, item_id=uid(1), position_ms=0, at_ms=NOW_MS + wrong_ms)
    with pytest.raises(Invalid) as caught:
        judge(PLAYING, report, NOW_MS)
    assert [(f.field, f.code) for f in caught.value.fields] == [("at_ms", "CLOCK")]


def test_a_report_of_a_quiet_room_has_nothing_to_compare() -> None:
    assert off_by(0, PlaybackState()).action == "none"

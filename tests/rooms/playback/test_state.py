import pytest

from rooms.playback.state import PlaybackState, Status, line_of, show_changed, show_playback
from rooms.playback.timeline import Timeline
from rooms.session.schedule import Schedule, show_schedule
from tests.rooms.party import as_json

STATE = PlaybackState(
    rev=17,
    item_id="i",
    track_id="t",
    duration_ms=60_000,
    status="waiting",
    position_ms=61_234,
    rate=1.25,
    at_ms=1_764_000_000_000,
    asked=("u", "v"),
    waiting_for=("u",),
    deadline_ms=1_764_000_004_000,
    host_id="h",
)
WIRE = {
    "rev": 17,
    "queue_rev": 88,
    "item_id": "i",
    "track_id": "t",
    "status": "waiting",
    "position_ms": 61_234,
    "rate": 1.25,
    "at_ms": 1_764_000_000_000,
    "effective_at_ms": 1_764_000_000_000,
    "waiting_for": ["u"],
    "deadline_ms": 1_764_000_004_000,
}


def test_what_changed_has_exactly_the_fields_of_the_protocol() -> None:
    assert as_json(show_changed(STATE, 88)) == WIRE


def test_a_newcomer_is_told_the_host_too() -> None:
    assert as_json(show_playback(STATE, 88, "h")) == {
        **WIRE,
        "host_id": "h",
        "session": as_json(show_schedule(Schedule())),
    }


@pytest.mark.parametrize(
    ("status", "running"),
    [("playing", True), ("paused", False), ("waiting", False), ("ended", False)],
)
def test_only_what_plays_moves(status: Status, running: bool) -> None:
    state = PlaybackState(status=status, position_ms=5, at_ms=7, rate=1.5, duration_ms=9)
    assert line_of(state) == Timeline(5, 7, running=running, rate=1.5, duration_ms=9)

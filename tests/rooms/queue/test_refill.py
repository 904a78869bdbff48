"""When nothing waits the hub looks for more, in time to go on without a gap."""

import pytest

from rooms.errors import NotFound
from rooms.playback.state import START_LEAD_MS
from rooms.playback.timers import REFILL_MS
from tests.rooms.party import LENGTH_MS, NOW_MS, SYSTEM, TRACKS, UNKNOWN, UPLOAD, Party, uid

PLAYLIST = uid(77)


def party_with_fallback() -> Party:
    party = Party()
    party.add(TRACKS[0])
    party.do("queue:update", fallback_playlist_id=PLAYLIST)
    party.do("playback:play")
    return party


def test_it_looks_before_the_last_item_ends() -> None:
    party = party_with_fallback()
    due = party.timers["queue.refill"]
    assert due.at_ms == NOW_MS + START_LEAD_MS + LENGTH_MS - REFILL_MS
    party.pass_ms(LENGTH_MS - REFILL_MS + START_LEAD_MS)
    (added,) = party.queue.pending
    assert added.track_id == TRACKS[1]
    assert (added.added_by.user_id, added.added_by.display_name) == (SYSTEM.user_id, "Autoplay")


def test_music_goes_on_for_hours_without_a_gap() -> None:
    party = party_with_fallback()
    start = party.playback.at_ms
    party.pass_ms(15 * LENGTH_MS)
    assert party.playback.status == "playing"
    assert (party.playback.at_ms - start) % LENGTH_MS == 0
    assert len(party.queue.history) >= 14


def test_what_somebody_adds_is_heard_instead() -> None:
    party = party_with_fallback()
    (mine,) = party.add(TRACKS[5])
    assert "queue.refill" not in party.timers
    party.pass_ms(LENGTH_MS + 2 * START_LEAD_MS)
    assert party.playback.item_id == mine
    assert "queue.refill" in party.timers


def test_an_upload_that_is_not_ready_does_not_count_as_waiting() -> None:
    party = party_with_fallback()
    party.add(UPLOAD)
    assert "queue.refill" in party.timers


def test_silence_ends_when_a_fallback_is_set() -> None:
    party = Party()
    party.add(TRACKS[0])
    party.do("playback:play")
    party.pass_ms(2 * LENGTH_MS)
    assert party.playback.ran_dry
    party.do("queue:update", autoplay="similar")
    party.pass_ms(1)
    assert party.playback.status == "playing"


def test_repeat_needs_no_fallback() -> None:
    party = party_with_fallback()
    party.do("queue:update", repeat="all")
    assert "queue.refill" not in party.timers


def test_taken_back_it_stops_looking() -> None:
    party = party_with_fallback()
    party.do("queue:update", fallback_playlist_id=None)
    assert "queue.refill" not in party.timers
    assert party.snapshot()["queue"]["fallback_playlist_id"] is None


def test_a_look_that_comes_late_changes_nothing() -> None:
    party = party_with_fallback()
    due = party.timers["queue.refill"]
    party.do("queue:update", fallback_playlist_id=uid(78))
    rev = party.queue.rev
    party.timers["queue.refill"] = due
    party.fire("queue.refill")
    assert party.queue.rev == rev


def test_nothing_found_is_asked_for_again_only_when_something_changes() -> None:
    party = party_with_fallback()
    party.cards.clear()
    party.pass_ms(3 * LENGTH_MS)
    assert party.playback.status == "ended"
    assert "queue.refill" not in party.timers


def test_a_playlist_that_the_actor_cannot_see_is_refused() -> None:
    party = Party()
    with pytest.raises(NotFound) as refused:
        party.do("queue:update", fallback_playlist_id=UNKNOWN)
    assert refused.value.fields[0].field == "fallback_playlist_id"

"""A session's times: set by the host, kept by the hub."""

from typing import Any

import pytest

from rooms.errors import Gone, Invalid
from rooms.playback.controls import NotHost
from rooms.playback.state import START_LEAD_MS
from rooms.session.rules import REMIND_MS
from tests.rooms.party import GUEST, HOST, MEMBER, MODERATOR, NOW_MS, TRACKS, Party

HOUR_MS = 3_600_000
START_MS = NOW_MS + HOUR_MS


def scheduled(party: Party, **times: Any) -> dict[str, Any]:
    answer: dict[str, Any] = party.do("session:schedule", **times)["session"]
    return answer


def position_ms(party: Party) -> int:
    return int(party.playback.position_ms)


def test_a_room_without_times_is_open() -> None:
    party = Party()
    assert party.snapshot()["playback"]["session"] == {
        "stage": "open",
        "starts_at_ms": None,
        "ends_at_ms": None,
        "started_at_ms": None,
        "ended_at_ms": None,
        "reason": None,
    }
    assert party.timers == {}


def test_what_is_queued_sounds_on_the_second() -> None:
    party = Party()
    party.add(*TRACKS[:2])
    told = scheduled(party, starts_at_ms=START_MS)
    assert (told["stage"], told["starts_at_ms"]) == ("scheduled", START_MS)
    assert party.last("session:scheduled") == told
    party.pass_ms(HOUR_MS - START_LEAD_MS - 1)
    assert "session:started" not in party.events()
    party.pass_ms(1)
    assert party.last("session:started") == {"started_at_ms": START_MS}
    changed = party.last("playback:changed")
    assert (changed["status"], changed["effective_at_ms"]) == ("playing", START_MS)
    assert changed["track_id"] == TRACKS[0]
    party.pass_ms(60_000 + START_LEAD_MS)
    assert party.last("playback:changed")["track_id"] == TRACKS[1], "and it goes on by itself"


def test_a_paused_item_goes_on_where_it_was() -> None:
    party = Party()
    party.add(TRACKS[0])
    party.do("playback:play", position_ms=20_000)
    party.pass_ms(10_000)
    party.do("playback:pause")
    stood_ms = position_ms(party)
    scheduled(party, starts_at_ms=START_MS)
    party.pass_ms(HOUR_MS)
    assert party.playback.status == "playing"
    assert position_ms(party) == stood_ms


def test_music_that_plays_is_left_alone() -> None:
    party = Party()
    party.add(*TRACKS[:3])
    scheduled(party, starts_at_ms=NOW_MS + 30_000)
    party.do("playback:play")
    rev = party.playback.rev
    party.pass_ms(30_000)
    assert party.last("session:started")
    assert party.playback.rev == rev


def test_an_empty_session_begins_with_the_first_item() -> None:
    party = Party()
    scheduled(party, starts_at_ms=START_MS)
    party.pass_ms(HOUR_MS)
    assert party.last("playback:changed")["status"] == "ended"
    party.pass_ms(5_000)
    party.add(TRACKS[4], by=MEMBER)
    assert party.last("playback:changed")["status"] == "playing"
    assert party.playback.track_id == TRACKS[4]


def test_a_late_start_is_as_any_start() -> None:
    party = Party()
    party.add(TRACKS[0])
    scheduled(party, starts_at_ms=START_MS)
    party.now_ms = START_MS + 90_000  # every node was down
    party.fire("session.start")
    assert party.playback.at_ms == party.now_ms + START_LEAD_MS


def test_its_time_is_over() -> None:
    party = Party()
    party.add(*TRACKS[:3])
    scheduled(party, starts_at_ms=START_MS, lasts_ms=90_000)
    party.pass_ms(HOUR_MS + 90_000)
    ended = party.last("session:ended")
    assert ended == {"reason": "expired", "ended_at_ms": START_MS + 90_000}
    assert party.playback.status == "paused"
    assert party.playback.track_id == TRACKS[1]
    events = len(party.log)
    party.pass_ms(24 * HOUR_MS)
    assert len(party.log) == events, "nothing happens after its end"


@pytest.mark.parametrize(
    ("command", "payload"),
    [
        ("playback:play", {}),
        ("playback:next", {}),
        ("playback:seek", {"position_ms": 0}),
        ("item:add", {"track_ids": [TRACKS[5]]}),
        ("item:suggest", {"track_id": TRACKS[5]}),
        ("queue:clear", {}),
        ("queue:update", {"shuffle": True}),
    ],
)
def test_nothing_is_played_or_queued_after_the_end(command: str, payload: dict[str, Any]) -> None:
    party = Party()
    party.add(*TRACKS[:3])
    party.do("playback:play")
    assert party.do("session:end")["session"]["reason"] == "ended"
    with pytest.raises(Gone) as refused:
        party.do(command, **payload)
    assert refused.value.code == "SESSION_ENDED"
    assert party.do("session:end")["session"]["reason"] == "ended", "ending twice is no error"
    assert party.events().count("session:ended") == 1


def test_a_new_start_opens_it_again() -> None:
    party = Party()
    party.add(*TRACKS[:2])
    scheduled(party, ends_at_ms=NOW_MS + HOUR_MS)
    party.do("session:end")
    with pytest.raises(Gone):
        scheduled(party, ends_at_ms=NOW_MS + 2 * HOUR_MS)
    again = scheduled(party, starts_at_ms=NOW_MS + 24 * HOUR_MS)
    assert (again["stage"], again["ends_at_ms"], again["reason"]) == ("scheduled", None, None)
    party.pass_ms(24 * HOUR_MS)
    assert party.playback.status == "playing"


def test_times_are_moved_and_taken_back() -> None:
    party = Party()
    party.add(TRACKS[0])
    scheduled(party, starts_at_ms=START_MS, ends_at_ms=START_MS + HOUR_MS)
    scheduled(party, starts_at_ms=START_MS + 5_000)
    party.pass_ms(HOUR_MS)
    assert party.playback.status == "paused"
    kept = scheduled(party, starts_at_ms=None)
    assert (kept["stage"], kept["ends_at_ms"]) == ("open", START_MS + HOUR_MS)
    scheduled(party, ends_at_ms=None)
    assert party.timers == {}
    events = len(party.log)
    scheduled(party, ends_at_ms=None)
    assert len(party.log) == events, "what is so already is no event"


@pytest.mark.parametrize(
    ("times", "field", "code"),
    [
        ({"starts_at_ms": NOW_MS - 120_000}, "starts_at_ms", "IN_THE_PAST"),
        ({"starts_at_ms": NOW_MS + 400 * 24 * HOUR_MS}, "starts_at_ms", "TOO_FAR"),
        ({"ends_at_ms": NOW_MS - 1}, "ends_at_ms", "IN_THE_PAST"),
        ({"starts_at_ms": START_MS, "ends_at_ms": START_MS}, "ends_at_ms", "BEFORE_START"),
    ],
)
def test_impossible_times_are_refused(times: dict[str, int], field: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        scheduled(Party(), **times)
    assert [(f.field, f.code) for f in refused.value.fields] == [(field, code)]


@pytest.mark.parametrize("who", [MEMBER, MODERATOR, GUEST])
def test_only_host_and_admins_set_times(who: str) -> None:
    party = Party()
    with pytest.raises(NotHost):
        party.do("session:schedule", who, starts_at_ms=START_MS)
    with pytest.raises(NotHost):
        party.do("session:end", who)
    party.do("host:transfer", HOST, user_id=MEMBER)
    party.do("session:schedule", MEMBER, starts_at_ms=START_MS)
    assert party.do("session:schedule", HOST, starts_at_ms=None)["session"]["stage"] == "open"


def test_members_are_reminded_ten_minutes_before() -> None:
    party = Party()
    scheduled(party, starts_at_ms=START_MS)
    party.pass_ms(HOUR_MS - REMIND_MS - 1)
    assert party.rows == []
    party.pass_ms(1)
    (told,) = party.rows
    assert (told.kind, told.actor_id) == ("session", HOST)
    assert told.text == "It begins in 10 minutes."
    party.pass_ms(REMIND_MS)
    assert party.last("session:started") == {"started_at_ms": START_MS}
    assert party.rows == [told], "once"


def test_a_session_that_is_set_late_is_told_of_at_once() -> None:
    party = Party()
    scheduled(party, starts_at_ms=NOW_MS + 59_000)
    party.pass_ms(0)
    assert [told.text for told in party.rows] == ["It begins in a minute."]


def test_nobody_is_reminded_of_a_session_that_was_moved_or_ended() -> None:
    party = Party()
    scheduled(party, starts_at_ms=START_MS)
    scheduled(party, starts_at_ms=START_MS + HOUR_MS)
    party.pass_ms(HOUR_MS)
    assert party.rows == []
    party.do("session:end")
    party.pass_ms(2 * HOUR_MS)
    assert party.rows == []


def test_a_reminder_that_comes_after_the_start_is_none() -> None:
    party = Party()
    scheduled(party, starts_at_ms=START_MS)
    party.now_ms = START_MS + 1
    party.fire("session.remind")
    assert party.rows == []

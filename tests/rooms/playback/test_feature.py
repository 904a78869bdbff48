from math import inf, nan
from typing import Any

import pytest
from msgspec import convert

from rooms.errors import Conflict, HubError, Invalid, NotFound
from rooms.playback.feature import PLAYBACK, RESTART_AFTER_MS, PlaybackState
from rooms.playback.state import START_LEAD_MS, STOP_LEAD_MS
from rooms.playback.turntable import LATE_MS
from rooms.room import Controls, Policy
from rooms.session.schedule import Schedule, show_schedule
from tests.rooms.party import (
    GUEST,
    HOST,
    LENGTH_MS,
    MEMBER,
    MODERATOR,
    NOW_MS,
    OTHER,
    ROOM_ID,
    SYSTEM,
    TRACKS,
    UPLOAD,
    Party,
    as_json,
    uid,
)

GONE = uid(999)


OPEN = as_json(show_schedule(Schedule()))


def party_of(tracks: int, policy: Policy | None = None, **how: Any) -> tuple[Party, list[str]]:
    party = Party(policy, **how)
    return party, party.add(*TRACKS[:tracks])


def playing(tracks: int = 3, policy: Policy | None = None) -> tuple[Party, list[str]]:
    """A party whose first item has been sounding for 10 s."""
    party, ids = party_of(tracks, policy)
    party.do("playback:play")
    party.pass_ms(START_LEAD_MS + 10_000)
    return party, ids


def refused(party: Party, command: str, by: str = HOST, **payload: Any) -> HubError:
    before = (party.queue, party.playback, len(party.log))
    with pytest.raises(HubError) as caught:
        party.do(command, by, **payload)
    assert (party.queue, party.playback, len(party.log)) == before
    return caught.value


def test_a_new_room_is_paused_with_nothing() -> None:
    assert PLAYBACK.state is PlaybackState
    assert Party().snapshot()["playback"] == {
        "rev": 0,
        "queue_rev": 0,
        "item_id": None,
        "track_id": None,
        "status": "paused",
        "position_ms": 0,
        "rate": 1.0,
        "at_ms": 0,
        "effective_at_ms": 0,
        "waiting_for": [],
        "deadline_ms": None,
        "host_id": HOST,
        "session": OPEN,
    }


# ---------------------------------------------------------------- play, pause


def test_play_starts_the_first_item_a_second_ahead() -> None:
    party, (a, *_) = party_of(2)
    data = party.do("playback:play")
    assert data == {
        "rev": 1,
        "queue_rev": 2,
        "item_id": a,
        "track_id": TRACKS[0],
        "status": "playing",
        "position_ms": 0,
        "rate": 1.0,
        "at_ms": NOW_MS + START_LEAD_MS,
        "effective_at_ms": NOW_MS + START_LEAD_MS,
        "waiting_for": [],
        "deadline_ms": None,
        "host_id": HOST,
        "session": OPEN,
    }
    changed = party.last("playback:changed")
    own = ("host_id", "session")
    assert changed == {key: value for key, value in data.items() if key not in own}
    assert party.events()[-2:] == ["queue:advanced", "playback:changed"]


def test_pause_stops_soon_where_everybody_will_be_by_then() -> None:
    party, _ = playing()
    data = party.do("playback:pause")
    assert data["status"] == "paused"
    assert data["effective_at_ms"] == party.now_ms + STOP_LEAD_MS
    assert data["position_ms"] == 10_000 + STOP_LEAD_MS
    assert party.timers == {}


def test_resume_goes_on_at_the_common_position() -> None:
    party, _ = playing()
    paused = party.do("playback:pause")
    party.pass_ms(3_600_000)
    data = party.do("playback:play")
    assert data["position_ms"] == paused["position_ms"]
    assert data["effective_at_ms"] == party.now_ms + START_LEAD_MS


def test_playing_twice_and_pausing_twice_change_nothing() -> None:
    party, _ = playing()
    rev = party.playback.rev
    assert party.do("playback:play")["rev"] == rev
    assert party.do("playback:pause")["rev"] == rev + 1
    assert party.do("playback:pause")["rev"] == rev + 1
    assert party.events().count("playback:changed") == 2


def test_a_pause_does_not_overtake_the_start_before_it() -> None:
    party, _ = party_of(1)
    start = party.do("playback:play")
    party.pass_ms(10)
    data = party.do("playback:pause")
    assert (data["position_ms"], data["effective_at_ms"]) == (0, start["effective_at_ms"])


def test_pause_may_name_its_position() -> None:
    party, _ = playing()
    assert party.do("playback:pause", position_ms=9_000)["position_ms"] == 9_000
    rev = party.playback.rev
    assert party.do("playback:pause", position_ms=9_000)["rev"] == rev
    assert party.do("playback:pause", position_ms=8_000)["position_ms"] == 8_000


def test_play_from_a_position_at_a_rate() -> None:
    party, _ = party_of(1)
    data = party.do("playback:play", position_ms=30_000.4, rate=1.25)
    assert (data["position_ms"], data["rate"]) == (30_000, 1.25)
    assert party.timers["playback.end"].at_ms == NOW_MS + START_LEAD_MS + 24_000


def test_play_from_a_position_while_it_plays_is_a_seek() -> None:
    party, (a, *_) = playing()
    data = party.do("playback:play", item_id=a, position_ms=1_000)
    assert (data["status"], data["position_ms"]) == ("playing", 1_000)


def test_play_another_item_puts_the_current_one_away() -> None:
    party, (a, b, c) = playing()
    party.do("playback:play", item_id=c, position_ms=5_000)
    assert party.order() == [c, b]
    assert [(item.id, item.state) for item in party.queue.history] == [(a, "skipped")]
    assert party.playback.position_ms == 5_000


def test_an_empty_queue_says_so_in_plain_words() -> None:
    error = refused(Party(), "playback:play")
    assert (type(error), error.code) == (Conflict, "CONFLICT")
    assert "queue is empty" in error.message


@pytest.mark.parametrize("named", [True, False])
def test_an_item_that_is_not_ready_is_refused_for_now(named: bool) -> None:
    party = Party()
    (item_id,) = party.add(UPLOAD)
    payload = {"item_id": item_id} if named else {}
    error = refused(party, "playback:play", **payload)
    assert (error.code, error.status, error.temporary) == ("TRACK_PROCESSING", 422, True)


def test_what_is_not_ready_lets_others_pass() -> None:
    party = Party()
    _, ready = party.add(UPLOAD, TRACKS[0])
    assert party.do("playback:play")["item_id"] == ready


def test_an_item_that_is_gone_is_not_found() -> None:
    party, _ = party_of(1)
    assert isinstance(refused(party, "playback:play", item_id=GONE), NotFound)


# ---------------------------------------------------------------- seek, rate


@pytest.mark.parametrize(
    ("position_ms", "code"),
    [
        (nan, "NOT_A_POSITION"),
        (inf, "NOT_A_POSITION"),
        (-5.0, "NOT_A_POSITION"),
        (LENGTH_MS + 1, "BEYOND_END"),
        (1e300, "BEYOND_END"),
    ],
)
@pytest.mark.parametrize("command", ["playback:seek", "playback:play", "playback:pause"])
def test_a_bad_position_is_refused_by_the_rule_itself(
    command: str, position_ms: float, code: str
) -> None:
    party, _ = playing()
    spec = PLAYBACK.commands[command]
    payload = {"room_id": ROOM_ID, "op_id": uid(1), "position_ms": position_ms}
    context = party.context(PLAYBACK, party.actor(HOST), command, payload, 0)
    with pytest.raises(Invalid) as caught:
        spec.rule(party.playback, spec.payload(**payload), context)
    assert [(f.field, f.code) for f in caught.value.fields] == [("position_ms", code)]


@pytest.mark.parametrize("position_ms", [0, 12_345.6, LENGTH_MS])
def test_seek_goes_there_and_plays_on(position_ms: float) -> None:
    party, _ = playing()
    data = party.do("playback:seek", position_ms=position_ms)
    assert data["position_ms"] == round(position_ms)
    assert data["status"] == "playing"
    end_ms = data["effective_at_ms"] + LENGTH_MS - round(position_ms)
    assert party.timers["playback.end"].at_ms == end_ms


def test_seek_while_paused_stays_paused() -> None:
    party, _ = playing()
    party.do("playback:pause")
    data = party.do("playback:seek", position_ms=5)
    assert (data["status"], data["position_ms"]) == ("paused", 5)
    assert party.timers == {}


def test_seek_of_an_item_that_is_over_changes_nothing() -> None:
    party, (a, *_) = playing()
    party.do("playback:next")
    rev = party.playback.rev
    assert party.do("playback:seek", item_id=a, position_ms=5)["rev"] == rev


def test_seek_needs_something_to_seek_in() -> None:
    assert isinstance(refused(Party(), "playback:seek", position_ms=0), Conflict)


def test_a_new_rate_goes_on_from_the_same_position() -> None:
    party, _ = playing()
    data = party.do("playback:set_rate", rate=1.5)
    assert data["position_ms"] == 10_000 + START_LEAD_MS
    assert data["effective_at_ms"] == party.now_ms + START_LEAD_MS
    assert party.timers["playback.end"].at_ms == data["at_ms"] + (LENGTH_MS - 11_000) / 1.5 + 1 / 3
    assert party.do("playback:set_rate", rate=1.5)["rev"] == data["rev"]


def test_a_rate_set_while_paused_waits_for_the_start() -> None:
    party, _ = party_of(1)
    assert party.do("playback:set_rate", rate=0.8)["status"] == "paused"
    assert party.do("playback:play")["rate"] == 0.8


@pytest.mark.parametrize("rate", [nan, 0.0, -1.0, 2.1])
def test_a_bad_rate_is_refused_by_the_rule_itself(rate: float) -> None:
    party, _ = playing()
    spec = PLAYBACK.commands["playback:set_rate"]
    payload = {"room_id": ROOM_ID, "op_id": uid(1), "rate": rate}
    context = party.context(PLAYBACK, party.actor(HOST), "playback:set_rate", payload, 0)
    with pytest.raises(Invalid) as caught:
        spec.rule(party.playback, spec.payload(**payload), context)
    assert caught.value.fields[0].field == "rate"


# ---------------------------------------------------------------- next, previous


def test_next_skips_the_current_item() -> None:
    party, (a, b, c) = playing()
    data = party.do("playback:next")
    assert (data["item_id"], data["position_ms"]) == (b, 0)
    assert party.order() == [b, c]
    advanced = party.last("queue:advanced")
    assert (advanced["from_item_id"], advanced["to_item_id"]) == (a, b)
    assert (advanced["reason"], advanced["item"]["state"]) == ("skip", "playing")


def test_two_who_press_next_at_once_skip_one_item() -> None:
    party, (a, b, _) = playing(policy=Policy(controls=Controls(skip="all")))
    party.do("playback:next", HOST, item_id=a)
    party.do("playback:next", MEMBER, item_id=a)
    assert party.playback.item_id == b


def test_two_who_leave_the_last_item_at_once_both_get_an_answer() -> None:
    party, (a,) = playing(1, policy=Policy(controls=Controls(skip="all")))
    first = party.do("playback:next", HOST, item_id=a)
    second = party.do("playback:next", MEMBER, item_id=a)
    assert (first["status"], second["status"], second["rev"]) == ("ended", "ended", first["rev"])


def test_next_for_an_item_that_has_gone_starts_nothing() -> None:
    party, _ = party_of(2)
    assert party.do("playback:next", item_id=GONE)["item_id"] is None
    assert party.playback.status == "paused"


def test_next_while_paused_stays_paused() -> None:
    party, (_, b, _) = playing()
    party.do("playback:pause")
    data = party.do("playback:next")
    assert (data["status"], data["item_id"], data["position_ms"]) == ("paused", b, 0)


def test_next_after_the_last_ends_the_session() -> None:
    party, _ = playing(1)
    data = party.do("playback:next")
    assert (data["status"], data["item_id"], data["track_id"]) == ("ended", None, None)
    assert party.timers == {}
    assert isinstance(refused(party, "playback:next"), Conflict)


def test_next_starts_a_room_that_has_not_begun() -> None:
    party, (a, _) = party_of(2)
    assert party.do("playback:next")["item_id"] == a


def test_previous_begins_again_after_three_seconds() -> None:
    party, (a, *_) = playing()
    data = party.do("playback:previous")
    assert (data["item_id"], data["position_ms"]) == (a, 0)


def test_previous_goes_back_in_the_first_three_seconds() -> None:
    party, (a, b, c) = playing()
    party.do("playback:next")
    party.pass_ms(START_LEAD_MS + RESTART_AFTER_MS - 1)
    assert party.do("playback:previous")["item_id"] == a
    assert party.order() == [a, b, c]
    assert party.queue.history == ()
    assert party.last("queue:advanced")["from_state"] == "pending"


def test_previous_without_a_history_begins_again() -> None:
    party, (a, *_) = party_of(2)
    party.do("playback:play")
    assert party.do("playback:previous")["item_id"] == a
    assert party.playback.rev == 2


def test_previous_passes_over_what_failed() -> None:
    party = Party()
    a, _, b = party.add(TRACKS[0], UPLOAD, TRACKS[1])
    party.do("playback:play")
    party.do("playback:next")
    party.submit("item:failed", {"room_id": ROOM_ID, "track_id": UPLOAD}, SYSTEM)
    assert party.playback.item_id == b
    assert party.do("playback:previous")["item_id"] == a


def test_previous_brings_an_ended_session_back() -> None:
    party, (a,) = playing(1)
    party.do("playback:next")
    data = party.do("playback:previous")
    assert (data["item_id"], data["status"]) == (a, "playing")


def test_previous_of_nothing_is_refused() -> None:
    assert isinstance(refused(Party(), "playback:previous"), Conflict)


# ---------------------------------------------------------------- the end of an item


def test_the_end_advances_the_queue_without_any_host() -> None:
    party, (_, b, _) = playing()
    party.pass_ms(LENGTH_MS)
    assert party.playback.item_id == b
    assert party.queue.history[0].state == "played"
    assert party.last("queue:advanced")["reason"] == "ended"


def test_a_prepared_item_begins_where_the_last_one_ended() -> None:
    party, (_, b, _) = party_of(3)
    start = party.do("playback:play")
    party.pass_ms(LENGTH_MS + START_LEAD_MS + 70)
    prepared = party.last("playback:prepared")
    assert prepared == {
        "item_id": b,
        "track_id": TRACKS[1],
        "position_ms": 0,
        "sources": [{"type": "hls", "url": f"/api/v1/tracks/{TRACKS[1]}/hls/master.m3u8"}],
        "deadline_ms": start["at_ms"] + LENGTH_MS,
    }
    assert party.playback.at_ms == start["at_ms"] + LENGTH_MS


def test_an_item_nobody_was_told_of_gets_the_usual_lead() -> None:
    party, _ = playing(1)
    end_ms = party.timers["playback.end"].at_ms
    assert end_ms is not None
    party.pass_ms(end_ms - 400 - party.now_ms)
    party.add(TRACKS[1])
    party.pass_ms(400)
    assert party.playback.at_ms == end_ms + START_LEAD_MS


def test_an_item_added_in_the_last_seconds_is_announced_at_once() -> None:
    party, _ = playing(1)
    end_ms = party.timers["playback.end"].at_ms
    assert end_ms is not None
    party.pass_ms(end_ms - 4_000 - party.now_ms)
    (b,) = party.add(TRACKS[1])
    assert party.last("playback:prepared")["item_id"] == b
    (c,) = party.add(TRACKS[2], place="next")
    assert party.last("playback:prepared")["item_id"] == c
    party.pass_ms(4_000)
    assert (party.playback.item_id, party.playback.at_ms) == (c, end_ms)


@pytest.mark.parametrize(("late_ms", "seamless"), [(LATE_MS, True), (LATE_MS + 1, False)])
def test_a_hub_that_was_down_loses_nothing_of_the_next_item(late_ms: int, seamless: bool) -> None:
    party, (_, b, _) = playing()
    end_ms = party.timers["playback.end"].at_ms
    assert end_ms is not None
    party.pass_ms(end_ms - 1 - party.now_ms)
    party.now_ms = end_ms + late_ms
    party.fire("playback.end")
    start_ms = end_ms if seamless else party.now_ms + START_LEAD_MS
    assert (party.playback.item_id, party.playback.at_ms) == (b, start_ms)


def test_an_end_of_what_does_not_play_any_more_is_void() -> None:
    party, _ = playing()
    stale = party.timers["playback.end"]
    party.do("playback:seek", position_ms=0)
    before = party.playback
    party.timers["stale"] = stale
    party.fire("stale")
    assert party.playback == before
    party.do("playback:pause")
    party.timers["stale"] = stale
    party.fire("stale")
    assert party.playback.status == "paused"


def test_a_preparation_of_what_does_not_play_any_more_is_void() -> None:
    party, _ = playing()
    party.timers["stale"] = party.timers["playback.prepare"]
    party.do("playback:pause")
    party.fire("stale")
    assert "playback:prepared" not in party.events()


def test_a_timer_that_fires_a_little_early_does_its_work() -> None:
    party, (_, b, _) = playing()
    due_ms = party.timers["playback.prepare"].at_ms
    assert due_ms is not None
    party.now_ms = due_ms - 15
    party.fire("playback.prepare")
    assert party.last("playback:prepared")["item_id"] == b
    end_ms = party.timers["playback.end"].at_ms
    assert end_ms is not None
    party.now_ms = end_ms - 15
    party.fire("playback.end")
    assert (party.playback.item_id, party.playback.at_ms) == (b, end_ms)


def test_the_end_of_the_last_item_is_the_end() -> None:
    party, _ = playing(1)
    party.pass_ms(LENGTH_MS)
    assert (party.playback.status, party.playback.item_id) == ("ended", None)
    assert party.playback.ran_dry


# ---------------------------------------------------------------- repeat


def test_repeat_one_plays_it_again_and_a_skip_goes_on() -> None:
    party, (a, b) = playing(2)
    party.do("queue:update", repeat="one")
    for _ in range(3):
        party.pass_ms(LENGTH_MS)
        assert (party.playback.item_id, party.playback.status) == (a, "playing")
    assert party.queue.history == ()
    assert party.do("playback:next")["item_id"] == b


def test_repeat_one_begins_without_a_gap() -> None:
    party, (a, _) = playing(2)
    party.do("queue:update", repeat="one")
    at_ms = party.playback.at_ms
    party.pass_ms(LENGTH_MS)
    assert party.last("playback:prepared")["item_id"] == a
    assert party.playback.at_ms == at_ms + LENGTH_MS


def test_repeat_all_goes_round_in_the_same_order() -> None:
    party, _ = playing(3)
    party.do("queue:update", repeat="all")
    heard = []
    for _ in range(7):
        heard.append(party.playback.track_id)
        party.pass_ms(LENGTH_MS)
    assert heard == [*TRACKS[:3], *TRACKS[:3], TRACKS[0]]
    assert len(party.order()) == 3
    assert len(party.queue.history) == 7


def test_repeat_all_of_one_item_is_that_item_again() -> None:
    party, (a,) = playing(1)
    party.do("queue:update", repeat="all")
    party.pass_ms(LENGTH_MS)
    assert (party.playback.item_id, party.playback.status) == (a, "playing")
    party.pass_ms(5_000)
    assert party.do("playback:next")["item_id"] == a
    assert party.playback.position_ms == 0


def test_what_was_voted_out_does_not_come_round_again() -> None:
    party, (a, b) = playing(2, Policy())
    party.do("queue:update", repeat="all")
    for user in (MEMBER, OTHER):
        party.present = (MEMBER, OTHER)
        party.do("skip:vote", user, item_id=a)
    assert party.order() == [b]


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize(
    ("command", "control", "payload"),
    [
        ("playback:play", "play", {}),
        ("playback:pause", "play", {}),
        ("playback:set_rate", "play", {"rate": 1.5}),
        ("playback:seek", "seek", {"position_ms": 5}),
        ("playback:next", "skip", {}),
        ("playback:previous", "skip", {}),
    ],
)
def test_each_control_has_its_policy(command: str, control: str, payload: dict[str, Any]) -> None:
    party, _ = playing()
    for by in (MODERATOR, MEMBER, GUEST):
        error = refused(party, command, by, **payload)
        assert (error.code, error.status) == ("NOT_HOST", 403)
    for allowed, by in (("dj", MODERATOR), ("all", GUEST)):
        party, _ = playing(policy=Policy(controls=convert({control: allowed}, Controls)))
        party.do(command, by, **payload)


def test_playing_from_a_position_is_a_seek_and_another_item_is_a_skip() -> None:
    party, (_, b, _) = playing(policy=Policy(controls=Controls(play="all")))
    assert refused(party, "playback:play", MEMBER, position_ms=5).code == "NOT_HOST"
    assert refused(party, "playback:pause", MEMBER, position_ms=5).code == "NOT_HOST"
    assert refused(party, "playback:play", MEMBER, item_id=b).code == "NOT_HOST"


@pytest.mark.parametrize(
    ("command", "payload"),
    [
        ("playback:play", {}),
        ("playback:pause", {}),
        ("playback:seek", {"position_ms": 5}),
        ("playback:next", {}),
        ("playback:previous", {}),
        ("playback:set_rate", {"rate": 1.5}),
    ],
)
def test_a_stale_if_rev_is_refused(command: str, payload: dict[str, Any]) -> None:
    party, _ = playing()
    error = refused(party, command, **payload, if_rev=party.playback.rev - 1)
    assert (error.code, error.status) == ("REV_MISMATCH", 409)
    party.do(command, **payload, if_rev=party.playback.rev)


# ---------------------------------------------------------------- the barrier, end to end


def waiting(policy_wait: Any = "all") -> tuple[Party, list[str]]:
    party, ids = party_of(3, Policy(wait=policy_wait), present=(HOST, MEMBER, OTHER))
    party.do("playback:play")
    return party, ids


def answer(party: Party, by: str, word: str = "ready", **changes: Any) -> Any:
    current = party.playback
    payload = {"item_id": current.item_id, "rev": current.rev, "buffered_ms": 2_000.5}
    return party.do(f"playback:{word}", by, **{**payload, **changes})


def test_a_start_waits_for_all_who_are_there() -> None:
    party, _ = waiting()
    state = party.playback
    assert (state.status, set(state.waiting_for)) == ("waiting", {HOST, MEMBER, OTHER})
    assert state.deadline_ms == NOW_MS + 4_000
    assert "playback.end" not in party.timers
    answer(party, HOST)
    answer(party, MEMBER)
    assert party.playback.waiting_for == (OTHER,)
    data = answer(party, OTHER)
    assert (data["status"], data["waiting_for"], data["deadline_ms"]) == ("playing", [], None)
    assert data["effective_at_ms"] == party.now_ms + START_LEAD_MS
    assert "playback.barrier" not in party.timers


def test_a_silent_member_never_holds_the_others_past_the_deadline() -> None:
    party, _ = waiting()
    answer(party, HOST)
    party.pass_ms(4_000)
    assert party.playback.status == "playing"
    assert party.playback.at_ms == NOW_MS + 4_000 + START_LEAD_MS


def test_a_majority_is_enough_where_the_policy_says_so() -> None:
    party, _ = waiting("majority")
    answer(party, HOST)
    assert len(party.playback.waiting_for) == 2
    answer(party, OTHER)
    assert party.playback.status == "playing"


def test_an_answer_for_something_older_is_not_counted() -> None:
    party, (a, b, _) = waiting()
    old_rev = party.playback.rev
    party.do("playback:next")
    assert party.playback.item_id == b
    answer(party, HOST, item_id=a)
    answer(party, HOST, rev=old_rev)
    assert len(party.playback.waiting_for) == 3
    answer(party, GUEST)
    assert len(party.playback.waiting_for) == 3


def test_who_runs_dry_before_the_start_is_waited_for_again() -> None:
    party, _ = waiting()
    answer(party, HOST)
    answer(party, HOST, "buffering")
    assert set(party.playback.waiting_for) == {HOST, MEMBER, OTHER}
    answer(party, HOST, "buffering")
    assert len(party.playback.waiting_for) == 3


def test_who_runs_dry_while_others_listen_stops_nobody() -> None:
    party, _ = playing()
    before = party.playback
    answer(party, MEMBER, "buffering")
    assert party.playback == before


def test_a_pause_ends_the_waiting() -> None:
    party, _ = waiting()
    data = party.do("playback:pause")
    assert (data["status"], data["waiting_for"], data["deadline_ms"]) == ("paused", [], None)
    assert "playback.barrier" not in party.timers
    resumed = party.do("playback:play")
    assert resumed["status"] == "playing"


def test_a_deadline_of_an_older_waiting_is_void() -> None:
    party, _ = waiting()
    party.timers["stale"] = party.timers["playback.barrier"]
    party.do("playback:next")
    party.fire("stale")
    assert party.playback.status == "waiting"


def test_a_seek_waits_too_and_the_end_of_an_item_does_not() -> None:
    party, (_, b, _) = waiting()
    for user in (HOST, MEMBER, OTHER):
        answer(party, user)
    assert party.do("playback:seek", position_ms=50_000)["status"] == "waiting"
    party.pass_ms(4_000 + START_LEAD_MS + 10_000)
    assert (party.playback.item_id, party.playback.status) == (b, "playing")


def test_a_rate_set_while_waiting_keeps_the_waiting() -> None:
    party, _ = waiting()
    data = party.do("playback:set_rate", rate=1.5)
    assert (data["status"], len(data["waiting_for"])) == ("waiting", 3)
    answer(party, HOST)
    assert len(party.playback.waiting_for) == 2

from typing import Any

import pytest

from rooms.errors import Conflict, Forbidden, HubError, Invalid, NotFound
from rooms.queue.feature import QUEUE, QueueState
from rooms.room import Controls, Policy, SkipVotes
from tests.rooms.party import (
    BROKEN,
    GUEST,
    HOST,
    LENGTH_MS,
    MEMBER,
    MODERATOR,
    OTHER,
    ROOM_ID,
    SECRET,
    SYSTEM,
    TRACKS,
    UNKNOWN,
    UPLOAD,
    Party,
    uid,
)

GONE = uid(999)


def refused(party: Party, command: str, by: str = HOST, **payload: Any) -> HubError:
    """The error of a command, which must have changed nothing."""
    before = (party.queue, party.playback, len(party.log))
    with pytest.raises(HubError) as caught:
        party.do(command, by, **payload)
    assert (party.queue, party.playback, len(party.log)) == before
    return caught.value


def test_a_new_room_has_an_empty_queue() -> None:
    assert QUEUE.state is QueueState
    assert Party().snapshot()["queue"]["items"] == []


# ---------------------------------------------------------------- item:add


def test_added_items_say_who_and_when_and_come_in_order() -> None:
    party = Party()
    data = party.do("item:add", MEMBER, track_ids=list(TRACKS[:3]))
    assert [item["track_id"] for item in data["items"]] == list(TRACKS[:3])
    assert data["items"][0]["added_by"] == {"user_id": MEMBER, "display_name": "Mia"}
    assert data["items"][0]["added_at"] == "2025-11-24T16:00:00.000Z"
    assert party.last("item:added") == data
    assert data["queue_rev"] == party.queue.rev == 1


def test_the_same_track_may_be_queued_twice() -> None:
    party = Party()
    a, b = party.add(TRACKS[0], TRACKS[0])
    assert a != b


def test_adding_to_a_quiet_room_starts_nothing() -> None:
    party = Party()
    party.add(TRACKS[0])
    assert party.playback.rev == 0
    assert party.timers == {}


def test_next_last_and_after_are_places() -> None:
    party = Party()
    a, b = party.add(*TRACKS[:2])
    party.do("playback:play")
    (c,) = party.add(TRACKS[2], place="next")
    (d,) = party.add(TRACKS[3], place={"after_id": c})
    (e,) = party.add(TRACKS[4], place={"after_id": a})
    (f,) = party.add(TRACKS[5])
    assert party.order() == [a, e, c, d, b, f]


def test_after_an_item_that_is_gone_is_last() -> None:
    party = Party()
    a, b = party.add(*TRACKS[:2])
    (c,) = party.add(TRACKS[2], place={"after_id": GONE})
    assert party.order() == [a, b, c]


def test_unknown_and_foreign_tracks_are_refused_by_their_place_in_the_list() -> None:
    error = refused(Party(), "item:add", track_ids=[TRACKS[0], UNKNOWN, SECRET])
    assert isinstance(error, NotFound)
    assert [f.field for f in error.fields] == ["track_ids[1]", "track_ids[2]"]


def test_a_broken_track_is_refused_and_an_unfinished_one_is_welcome() -> None:
    party = Party()
    assert refused(party, "item:add", track_ids=[BROKEN]).code == "NOT_READY"
    party.add(UPLOAD)
    assert party.last("item:added")["items"][0]["ready"] is False


def test_the_queue_is_full_at_five_hundred() -> None:
    party = Party()
    for _ in range(5):
        party.add(*(TRACKS[0] for _ in range(100)))
    error = refused(party, "item:add", track_ids=[TRACKS[0]])
    assert error.code == "QUOTA_EXCEEDED"
    assert "500" in error.message


def test_limits_bind_members_and_not_those_who_steer() -> None:
    party = Party()
    party.do("queue:update", limits={"pending_per_user": 1, "consecutive": 1, "no_repeat_s": 60})
    party.add(TRACKS[0], by=MEMBER)
    assert refused(party, "item:add", MEMBER, track_ids=[TRACKS[1]]).code == "QUOTA_EXCEEDED"
    error = refused(party, "item:add", OTHER, track_ids=[TRACKS[0]])
    assert (error.code, error.fields[0].code) == ("CONFLICT", "PLAYED_RECENTLY")
    party.add(*TRACKS[:3], by=HOST)
    party.add(*TRACKS[:3], by=MODERATOR)


def test_a_stale_if_rev_is_refused_everywhere() -> None:
    party = Party()
    (a,) = party.add(TRACKS[0])
    commands: dict[str, dict[str, Any]] = {
        "item:add": {"track_ids": [TRACKS[0]]},
        "item:move": {"item_id": a, "before_id": GONE},
        "item:remove": {"item_id": a},
        "queue:clear": {},
        "queue:lock": {},
        "queue:unlock": {},
        "queue:update": {"repeat": "all"},
    }
    for command, payload in commands.items():
        assert refused(party, command, **payload, if_rev=0).code == "REV_MISMATCH"
    party.do("item:remove", item_id=a, if_rev=1)


# ---------------------------------------------------------------- item:move, item:remove


@pytest.mark.parametrize(
    ("mover", "side", "anchor", "expected"),
    [
        (2, "before_id", 0, "2 0 1"),
        (0, "after_id", 2, "1 2 0"),
        (0, "after_id", 1, "1 0 2"),
        (1, "before_id", 0, "1 0 2"),
    ],
)
def test_an_item_moves_beside_another(mover: int, side: str, anchor: int, expected: str) -> None:
    party = Party()
    ids = party.add(*TRACKS[:3])
    data = party.do("item:move", item_id=ids[mover], **{side: ids[anchor]})
    assert party.order() == [ids[int(n)] for n in expected.split()]
    assert data["applied"]
    moved = party.last("item:moved")
    assert moved == {"item_id": ids[mover], "rank": data["rank"], "queue_rev": 2}


@pytest.mark.parametrize("side", ["before_id", "after_id"])
def test_beside_the_playing_item_is_next(side: str) -> None:
    party = Party()
    now, a, b = party.add(*TRACKS[:3])
    party.do("playback:play")
    party.do("item:move", item_id=b, **{side: now})
    assert party.order() == [now, b, a]


@pytest.mark.parametrize("gone", ["item", "anchor"])
def test_a_move_of_or_beside_what_is_gone_is_acked_and_changes_nothing(gone: str) -> None:
    party = Party()
    a, b = party.add(*TRACKS[:2])
    item_id, anchor_id = (GONE, a) if gone == "item" else (b, GONE)
    events = len(party.log)
    data = party.do("item:move", item_id=item_id, before_id=anchor_id)
    assert data["applied"] is False
    assert data["queue_rev"] == 1
    assert (data["item"] is None) is (gone == "item")
    assert len(party.log) == events


def test_a_move_to_where_it_stands_is_no_event() -> None:
    party = Party()
    a, b = party.add(*TRACKS[:2])
    assert party.do("item:move", item_id=b, after_id=a)["applied"] is False
    assert party.queue.rev == 1


def test_a_move_needs_one_neighbour_who_is_another() -> None:
    party = Party()
    a, b = party.add(*TRACKS[:2])
    for payload in ({}, {"before_id": b, "after_id": b}):
        error = refused(party, "item:move", item_id=a, **payload)
        assert (type(error), error.fields[0].code) == (Invalid, "ONE_OF")
    error = refused(party, "item:move", item_id=a, after_id=a.upper())
    assert (error.fields[0].field, error.fields[0].code) == ("after_id", "SELF")


def test_the_playing_item_is_neither_moved_nor_removed() -> None:
    party = Party()
    now, a = party.add(*TRACKS[:2])
    party.do("playback:play")
    assert isinstance(refused(party, "item:move", item_id=now, after_id=a), Conflict)
    assert isinstance(refused(party, "item:remove", item_id=now), Conflict)


def test_removing_twice_is_acked_once_applied() -> None:
    party = Party()
    (a,) = party.add(TRACKS[0])
    assert party.do("item:remove", item_id=a) == {"item_id": a, "applied": True, "queue_rev": 2}
    assert party.do("item:remove", item_id=a) == {"item_id": a, "applied": False, "queue_rev": 2}
    assert party.events() == ["item:added", "item:removed"]


# ---------------------------------------------------------------- who may


def test_a_member_removes_his_own_where_only_the_host_reorders() -> None:
    party = Party(Policy(controls=Controls(queue_reorder="host")))
    (mine,) = party.add(TRACKS[0], by=MEMBER)
    (theirs,) = party.add(TRACKS[1], by=OTHER)
    assert refused(party, "item:remove", MEMBER, item_id=theirs).code == "NOT_HOST"
    party.do("item:remove", MEMBER, item_id=mine)
    assert refused(party, "item:move", MEMBER, item_id=theirs, before_id=mine).status == 403


def test_only_those_whom_the_policy_names_may_add() -> None:
    party = Party(Policy(controls=Controls(queue_add="dj")))
    assert refused(party, "item:add", MEMBER, track_ids=[TRACKS[0]]).code == "NOT_HOST"
    party.add(TRACKS[0], by=MODERATOR)
    party.add(TRACKS[0], by=HOST)


def test_a_guest_adds_by_default() -> None:
    assert Party().add(TRACKS[0], by=GUEST)


def test_a_locked_queue_is_open_to_host_and_moderators_only() -> None:
    party = Party()
    (a,) = party.add(TRACKS[0], by=MEMBER)
    assert party.do("queue:lock", MODERATOR)["locked"] is True
    commands: dict[str, dict[str, Any]] = {
        "item:add": {"track_ids": [TRACKS[0]]},
        "item:remove": {"item_id": a},
        "item:move": {"item_id": a, "before_id": GONE},
        "item:vote": {"item_id": a, "value": 1},
    }
    for command, payload in commands.items():
        error = refused(party, command, MEMBER, **payload)
        assert (type(error), error.code) == (Forbidden, "FORBIDDEN")
    party.add(TRACKS[1], by=MODERATOR)
    assert refused(party, "queue:unlock", MEMBER).code == "NOT_HOST"
    party.do("queue:unlock")
    party.add(TRACKS[1], by=MEMBER)


def test_locking_twice_is_one_event() -> None:
    party = Party()
    party.do("queue:lock")
    party.do("queue:lock")
    party.do("queue:unlock")
    party.do("queue:unlock")
    assert party.events() == ["queue:locked", "queue:unlocked"]


def test_settings_belong_to_those_who_steer() -> None:
    party = Party()
    assert refused(party, "queue:update", MEMBER, repeat="all").code == "NOT_HOST"
    assert refused(party, "queue:clear", MEMBER).code == "NOT_HOST"
    party.do("queue:update", MODERATOR, repeat="all")
    open_to_all = Party(Policy(controls=Controls(play="all")))
    open_to_all.do("queue:update", MEMBER, repeat="all")
    assert open_to_all.queue.repeat == "all"


# ---------------------------------------------------------------- settings


def test_an_update_changes_what_is_given_and_keeps_the_rest() -> None:
    party = Party()
    party.do("queue:update", repeat="one", limits={"max_items": 9})
    data = party.do("queue:update", order="votes")
    assert (data["repeat"], data["order"], data["limits"]["max_items"]) == ("one", "votes", 9)
    assert party.last("queue:updated")["ranks"] == {}


def test_clear_takes_what_waits_and_leaves_what_plays() -> None:
    party = Party()
    now, *_ = party.add(*TRACKS[:4])
    party.do("playback:play")
    party.do("queue:clear")
    assert party.order() == [now]
    rev = party.queue.rev
    party.do("queue:clear")
    assert party.queue.rev == rev


def test_shuffle_is_shared_and_reversible() -> None:
    party = Party()
    ids = party.add(*TRACKS[:12])
    party.do("queue:update", shuffle=True)
    assert party.order() != ids
    assert sorted(party.order()) == sorted(ids)
    party.do("queue:update", shuffle=False)
    assert party.order() == ids


def test_a_queue_ordered_by_votes_is_not_shuffled_nor_moved_by_hand() -> None:
    party = Party()
    a, b = party.add(*TRACKS[:2])
    party.do("queue:update", shuffle=True)
    party.do("queue:update", order="votes")
    assert party.queue.shuffle is False
    error = refused(party, "queue:update", shuffle=True)
    assert error.fields[0].field == "shuffle"
    assert isinstance(refused(party, "item:move", item_id=a, after_id=b), Conflict)


# ---------------------------------------------------------------- votes


def test_votes_order_the_queue_for_everybody() -> None:
    party = Party()
    a, b, c = party.add(*TRACKS[:3])
    party.do("queue:update", order="votes")
    data = party.do("item:vote", GUEST, item_id=c, value=1)
    assert data["item"]["score"] == 1
    party.do("item:vote", MEMBER, item_id=a, value=-1)
    assert party.order() == [c, b, a]


def test_a_vote_for_what_is_gone_or_playing_is_acked() -> None:
    party = Party()
    (now,) = party.add(TRACKS[0])
    party.do("playback:play")
    assert party.do("item:vote", item_id=GONE, value=1)["applied"] is False
    assert party.do("item:vote", item_id=now, value=1)["applied"] is False


def test_enough_listeners_skip_an_item() -> None:
    party = Party(present=(HOST, MEMBER, OTHER, GUEST))
    now, a = party.add(*TRACKS[:2])
    party.do("playback:play")
    first = party.do("skip:vote", MEMBER, item_id=now)
    assert (first["votes"], first["needed"], first["skipped"]) == (1, 2, False)
    assert party.do("skip:vote", MEMBER, item_id=now)["votes"] == 1
    assert party.snapshot()["queue"]["skip"] == {"item_id": now, "votes": 1, "needed": 2}
    second = party.do("skip:vote", GUEST, item_id=now)
    assert second["skipped"] is True
    assert party.order() == [a]
    advanced = party.last("queue:advanced")
    assert (advanced["reason"], advanced["from_state"]) == ("vote", "skipped")
    assert party.snapshot()["queue"]["skip"] is None


def test_votes_of_those_who_left_do_not_count() -> None:
    party = Party(Policy(skip_votes=SkipVotes(ratio=0.5, min=2)), present=(MEMBER, OTHER))
    (now,) = party.add(TRACKS[0])
    party.do("playback:play")
    party.do("skip:vote", MEMBER, item_id=now)
    party.present = (OTHER, GUEST)
    assert party.do("skip:vote", OTHER, item_id=now)["votes"] == 1


def test_who_does_not_listen_does_not_skip_for_those_who_do() -> None:
    party = Party(Policy(skip_votes=SkipVotes(ratio=0.5, min=1)), present=(MEMBER, OTHER))
    now, a = party.add(*TRACKS[:2])
    party.do("playback:play")
    data = party.do("skip:vote", GUEST, item_id=now)
    assert (data["votes"], data["needed"], data["skipped"]) == (0, 1, False)
    party.present = (MEMBER, OTHER, GUEST)  # he has begun to listen: now it counts
    data = party.do("skip:vote", MEMBER, item_id=now)
    assert (data["votes"], data["skipped"]) == (2, True)
    assert party.order() == [a]


@pytest.mark.parametrize(
    ("ratio", "least", "listeners", "needed"),
    [(0.5, 2, 1, 2), (0.5, 2, 5, 3), (1.0, 1, 4, 4), (0.0, 0, 4, 1)],
)
def test_how_many_votes_are_needed(ratio: float, least: int, listeners: int, needed: int) -> None:
    party = Party(
        Policy(skip_votes=SkipVotes(ratio=ratio, min=least)),
        present=tuple(uid(n) for n in range(11, 11 + listeners)),
    )
    (now,) = party.add(TRACKS[0])
    party.do("playback:play")
    assert party.do("skip:vote", HOST, item_id=now)["needed"] == needed


def test_a_late_vote_does_not_hit_the_next_item() -> None:
    party = Party(present=(HOST,))
    now, a = party.add(*TRACKS[:2])
    party.do("playback:play")
    party.do("playback:next")
    data = party.do("skip:vote", MEMBER, item_id=now)
    assert (data["skipped"], data["votes"]) == (False, 0)
    assert party.order() == [a]


# ---------------------------------------------------------------- ready, failed, dry


def ready(party: Party, track_id: str = UPLOAD) -> None:
    payload = {"room_id": ROOM_ID, "track_id": track_id, "title": "Done", "duration_ms": LENGTH_MS}
    party.submit("item:ready", payload, SYSTEM)


def fail(party: Party, track_id: str) -> None:
    party.submit("item:failed", {"room_id": ROOM_ID, "track_id": track_id}, SYSTEM)


def test_an_upload_in_the_queue_becomes_playable() -> None:
    party = Party()
    (item_id,) = party.add(UPLOAD)
    ready(party)
    updated = party.last("item:updated")
    assert (updated["item_id"], updated["ready"], updated["title"]) == (item_id, True, "Done")
    assert updated["duration_ms"] == LENGTH_MS
    party.do("playback:play")
    assert party.playback.item_id == item_id
    ready(party, TRACKS[3])
    assert party.events().count("item:updated") == 1


def test_a_failed_upload_goes_to_the_history() -> None:
    party = Party()
    party.add(UPLOAD, TRACKS[0])
    fail(party, UPLOAD)
    assert len(party.order()) == 1
    assert party.snapshot()["queue"]["history"][0]["state"] == "failed"


def test_a_track_that_fails_while_it_plays_is_skipped() -> None:
    party = Party()
    party.add(TRACKS[0], TRACKS[0], TRACKS[1])
    party.do("playback:play")
    fail(party, TRACKS[0])
    assert party.playback.track_id == TRACKS[1]
    assert [item.state for item in party.queue.history] == ["failed", "failed"]
    assert party.last("queue:advanced")["reason"] == "error"


def test_a_track_that_is_no_more_does_not_come_back() -> None:
    party = Party()
    party.add(TRACKS[0], TRACKS[1], TRACKS[2])
    party.do("playback:play")
    party.do("playback:next")
    waiting = party.order()[1]
    party.do("item:remove", MEMBER, item_id=waiting)
    fail(party, TRACKS[0])
    fail(party, TRACKS[2])
    with pytest.raises(Conflict):
        party.do("queue:undo", MEMBER)
    party.do("playback:previous")
    assert party.playback.track_id == TRACKS[1], "it begins again; before it there is nothing"
    fail(party, TRACKS[1])
    with pytest.raises(Conflict):
        party.do("playback:previous")


def test_a_cleared_queue_comes_back_without_what_is_no_more() -> None:
    party = Party()
    kept, _ = party.add(TRACKS[0], TRACKS[1])
    party.do("queue:clear")
    fail(party, TRACKS[1])
    party.do("queue:undo")
    assert party.order() == [kept]


def test_music_that_ran_dry_goes_on_with_the_next_item_added() -> None:
    party = Party()
    party.add(TRACKS[0])
    party.do("playback:play")
    party.pass_ms(2 * LENGTH_MS)
    assert party.playback.status == "ended"
    (item_id,) = party.add(TRACKS[1], by=MEMBER)
    assert (party.playback.status, party.playback.item_id) == ("playing", item_id)
    assert party.last("queue:advanced")["reason"] == "start"


def test_music_that_ran_dry_waits_for_an_unfinished_upload() -> None:
    party = Party()
    party.add(TRACKS[0], UPLOAD)
    party.do("playback:play")
    party.pass_ms(2 * LENGTH_MS)
    assert party.playback.item_id is None
    ready(party)
    assert party.playback.status == "playing"


def test_what_was_ended_while_paused_stays_silent() -> None:
    party = Party()
    party.add(TRACKS[0])
    party.do("playback:play")
    party.do("playback:pause")
    party.do("playback:next")
    assert party.playback.status == "ended"
    party.add(TRACKS[1])
    assert party.playback.status == "ended"


def test_a_room_without_playback_keeps_a_queue() -> None:
    party = Party()
    command = QUEUE.commands["item:add"]
    payload = {"room_id": ROOM_ID, "op_id": uid(1), "track_ids": (TRACKS[0],)}
    context = party.context(QUEUE, party.actor(HOST), "item:add", payload, 100)
    bare = type(context)(
        **{name: getattr(context, name) for name in context.__struct_fields__ if name != "slices"}
    )
    outcome = command.rule(QueueState(), command.payload(**payload), bare)
    assert [event.name for event in outcome.events] == ["item:added"]
    assert outcome.beside == {}

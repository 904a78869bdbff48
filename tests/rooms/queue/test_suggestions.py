"""Suggestions: open to all, answered by those who may add."""

import pytest
from msgspec import convert

from rooms.errors import Conflict, Forbidden, NotFound
from rooms.queue.suggestions import MAX_OF_ONE
from rooms.room import Policy
from tests.rooms.party import GUEST, HOST, MEMBER, MODERATOR, OTHER, SECRET, TRACKS, Party, uid

STRICT = convert({"controls": {"queue_add": "dj", "queue_reorder": "dj"}}, Policy)


def suggest(party: Party, track: str, by: str = GUEST, **more: str) -> str:
    found: str = party.do("item:suggest", by, track_id=track, **more)["suggestion"]["id"]
    return found


def test_a_guest_suggests_where_he_may_not_add_and_the_host_approves() -> None:
    party = Party(STRICT)
    with pytest.raises(Forbidden):
        party.add(TRACKS[0], by=GUEST)
    suggestion = suggest(party, TRACKS[0], note="For the last dance")
    assert party.snapshot()["queue"]["suggestions"][0]["note"] == "For the last dance"
    data = party.do("suggestion:approve", HOST, suggestion_id=suggestion)
    assert data["applied"] is True
    assert data["item"]["added_by"] == {"user_id": GUEST, "display_name": "Guest"}
    assert party.order() == [data["item"]["id"]]
    assert party.events()[-3:] == ["suggestion:created", "suggestion:resolved", "item:added"]
    assert party.queue.suggestions == ()


def test_the_lock_does_not_stop_suggestions() -> None:
    party = Party()
    party.do("queue:lock", HOST)
    suggestion = suggest(party, TRACKS[0], MEMBER)
    with pytest.raises(Forbidden):
        party.do("suggestion:approve", OTHER, suggestion_id=suggestion)
    party.do("suggestion:approve", MODERATOR, suggestion_id=suggestion, place="next")
    assert len(party.order()) == 1


def test_two_who_answer_at_once_both_get_an_answer() -> None:
    party = Party()
    suggestion = suggest(party, TRACKS[0])
    party.do("suggestion:approve", HOST, suggestion_id=suggestion)
    second = party.do("suggestion:reject", MODERATOR, suggestion_id=suggestion)
    assert second["applied"] is False
    again = party.do("suggestion:approve", MODERATOR, suggestion_id=suggestion)
    assert again["applied"] is False
    assert len(party.order()) == 1


def test_who_suggested_may_take_it_back_and_others_may_not() -> None:
    party = Party(STRICT)
    suggestion = suggest(party, TRACKS[0])
    with pytest.raises(Forbidden):
        party.do("suggestion:reject", MEMBER, suggestion_id=suggestion)
    party.do("suggestion:reject", GUEST, suggestion_id=suggestion)
    assert party.log[-1][2]["outcome"] == "withdrawn"
    other = suggest(party, TRACKS[0])
    party.do("suggestion:reject", HOST, suggestion_id=other)
    assert party.log[-1][2]["outcome"] == "rejected"


def test_the_same_track_is_one_suggestion() -> None:
    party = Party()
    first = suggest(party, TRACKS[0])
    rev = party.queue.rev
    assert suggest(party, TRACKS[0], MEMBER) == first
    assert party.queue.rev == rev


def test_what_cannot_be_heard_cannot_be_suggested() -> None:
    party = Party()
    with pytest.raises(NotFound):
        suggest(party, SECRET)
    with pytest.raises(NotFound):
        suggest(party, uid(198))


def test_one_user_has_a_share_of_open_suggestions() -> None:
    party = Party()
    for track in TRACKS[:MAX_OF_ONE]:
        suggest(party, track)
    with pytest.raises(Conflict) as refused:
        suggest(party, TRACKS[MAX_OF_ONE])
    assert refused.value.code == "QUOTA_EXCEEDED"
    suggest(party, TRACKS[MAX_OF_ONE], MEMBER)


def test_an_approved_suggestion_ends_the_silence() -> None:
    party = Party()
    party.add(TRACKS[0])
    party.do("playback:play")
    party.pass_ms(100_000)
    assert party.playback.ran_dry
    party.do("suggestion:approve", HOST, suggestion_id=suggest(party, TRACKS[1]))
    assert party.playback.status == "playing"


def test_what_was_answered_already_is_no_error_for_who_suggested_it() -> None:
    party = Party(STRICT)
    suggestion = suggest(party, TRACKS[0])
    party.do("suggestion:approve", HOST, suggestion_id=suggestion)
    late = party.do("suggestion:reject", GUEST, suggestion_id=suggestion)
    assert (late["applied"], late["item"]) == (False, None)
    assert len(party.order()) == 1

"""Everybody takes back his own last edit, whatever happened since."""

import pytest

from rooms.errors import Conflict
from rooms.queue.undo import MAX_UNDOABLE, UNDO_MS
from rooms.room import Policy
from tests.rooms.party import GUEST, HOST, MEMBER, OTHER, TRACKS, Party


def test_an_undone_add_leaves_what_others_added() -> None:
    party = Party()
    party.add(*TRACKS[:2], by=MEMBER)
    (b,) = party.add(TRACKS[2], by=OTHER)
    data = party.do("queue:undo", MEMBER)
    assert data == {"undone": "add", "queue_rev": party.queue.rev}
    assert party.order() == [b]
    assert party.events()[-2:] == ["item:removed", "item:removed"]


def test_a_removed_item_comes_back_to_its_place_with_its_votes() -> None:
    party = Party()
    a, b, c = party.add(*TRACKS[:3])
    party.do("item:vote", MEMBER, item_id=b, value=1)
    party.do("item:remove", HOST, item_id=b)
    party.do("queue:undo", HOST)
    assert party.order() == [a, b, c]
    assert party.queue.find(b).score == 1  # type: ignore[union-attr]


def test_a_cleared_queue_comes_back_behind_what_plays() -> None:
    party = Party()
    items = party.add(*TRACKS[:5])
    party.do("playback:play")
    party.do("queue:clear")
    (late,) = party.add(TRACKS[6], by=OTHER)
    party.do("queue:undo", HOST)
    assert party.order() == [*items, late]


def test_a_moved_item_goes_back_behind_its_neighbour_wherever_that_is_now() -> None:
    party = Party()
    a, b, c, d = party.add(*TRACKS[:4])
    party.do("item:move", MEMBER, item_id=c, before_id=a)
    party.do("item:move", OTHER, item_id=b, after_id=d)
    party.do("queue:undo", MEMBER)
    assert party.order() == [a, d, b, c]


def test_what_stood_behind_a_played_item_comes_back_to_the_front() -> None:
    party = Party()
    _a, b, c = party.add(*TRACKS[:3])
    party.do("playback:play")
    party.do("item:remove", HOST, item_id=b)
    party.do("playback:next")
    assert party.order() == [c]
    party.add(TRACKS[4], by=OTHER)
    party.do("queue:undo", HOST)
    assert party.order()[:2] == [c, b]


def test_an_edit_that_makes_no_difference_any_more_is_passed_over() -> None:
    party = Party()
    (a,) = party.add(TRACKS[0], by=MEMBER)
    (b,) = party.add(TRACKS[1], by=MEMBER)
    party.do("item:remove", HOST, item_id=b)
    assert party.do("queue:undo", MEMBER)["undone"] == "add"
    assert party.order() == []
    with pytest.raises(Conflict):
        party.do("queue:undo", MEMBER)
    party.do("queue:undo", HOST)
    assert a not in party.order()
    assert party.order() == [b]


def test_a_playing_item_is_not_taken_away() -> None:
    party = Party()
    party.add(TRACKS[0])
    party.do("playback:play")
    with pytest.raises(Conflict):
        party.do("queue:undo", HOST)


def test_old_edits_are_history_and_few_are_kept() -> None:
    party = Party()
    for track in TRACKS[: MAX_UNDOABLE - 1]:
        party.add(track, by=MEMBER)
    party.add(*TRACKS[:2], by=OTHER)
    party.add(TRACKS[0], by=GUEST)
    assert len(party.queue.undoable) == MAX_UNDOABLE
    party.pass_ms(UNDO_MS)
    with pytest.raises(Conflict):
        party.do("queue:undo", OTHER)


def test_the_policy_is_asked_again() -> None:
    party = Party(Policy())
    party.add(TRACKS[0], by=MEMBER)
    party.do("queue:lock", HOST)
    with pytest.raises(Exception, match="locked"):
        party.do("queue:undo", MEMBER)

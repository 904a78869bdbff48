"""A listener is gone: a start does not wait for him, and a vote to skip is counted without him."""

from msgspec.structs import replace

from rooms.playback.state import START_LEAD_MS
from rooms.room import Policy
from tests.rooms.party import GUEST, HOST, MEMBER, MODERATOR, OTHER, ROOM_ID, SYSTEM, TRACKS, Party


def playing(policy: Policy, *here: str) -> Party:
    party = Party(policy, present=here)
    party.add(*TRACKS[:3])
    party.do("playback:play")
    return party


def part(party: Party, user_id: str, *, seen: bool = False) -> None:
    """He is gone; `seen`: within his grace, so presence still shows him."""
    if not seen:
        party.present = tuple(user for user in party.present if user != user_id)
    party.submit("listener:gone", {"room_id": ROOM_ID, "user_id": user_id}, SYSTEM)


def status(party: Party) -> str:
    return party.playback.status


def ready(party: Party, by: str) -> None:
    party.do("playback:ready", by, item_id=party.playback.item_id, rev=party.playback.barrier_rev)


def test_a_start_goes_on_without_who_is_gone() -> None:
    party = playing(replace(Policy(), wait="all"), HOST, MEMBER, OTHER)
    ready(party, HOST)
    ready(party, OTHER)
    assert status(party) == "waiting"
    part(party, MEMBER, seen=True)
    assert status(party) == "playing"
    assert party.playback.at_ms == party.now_ms + START_LEAD_MS
    told = party.last("playback:changed")
    assert (told["status"], told["waiting_for"]) == ("playing", [])
    assert "playback.barrier" not in party.timers


def test_who_is_gone_is_no_part_of_the_majority_either() -> None:
    party = playing(replace(Policy(), wait="majority"), HOST, MODERATOR, MEMBER, OTHER)
    ready(party, HOST)
    part(party, MEMBER)
    assert party.last("playback:changed")["waiting_for"] == [MODERATOR, OTHER]
    part(party, OTHER)
    assert status(party) == "waiting"
    ready(party, MODERATOR)
    assert status(party) == "playing"


def test_nothing_is_said_of_who_was_not_waited_for() -> None:
    party = playing(replace(Policy(), wait="all"), HOST, MEMBER)
    ready(party, MEMBER)
    before = len(party.events())
    part(party, MEMBER)
    part(party, OTHER)
    assert status(party) == "waiting"
    assert len(party.events()) == before


def test_with_fewer_listeners_the_votes_are_enough() -> None:
    here = (HOST, MODERATOR, MEMBER, OTHER, GUEST)
    party = playing(replace(Policy(), wait="never"), *here)
    first = party.queue.current
    assert first is not None
    party.do("skip:vote", MEMBER, item_id=first.id)
    assert party.do("skip:vote", OTHER, item_id=first.id)["needed"] == 3
    part(party, GUEST)
    told = party.last("skip:tallied")
    assert (told["votes"], told["needed"]) == (2, 2)
    assert party.last("queue:advanced")["reason"] == "vote"
    assert party.queue.current != first


def test_the_vote_of_who_is_gone_is_counted_no_more() -> None:
    party = playing(replace(Policy(), wait="never"), HOST, MODERATOR, MEMBER, OTHER, GUEST)
    first = party.queue.current
    assert first is not None
    party.do("skip:vote", MEMBER, item_id=first.id)
    party.do("skip:vote", OTHER, item_id=first.id)
    part(party, OTHER)
    told = party.last("skip:tallied")
    assert (told["votes"], told["needed"]) == (1, 2)
    assert party.queue.current == first


def test_a_grace_and_a_room_that_nobody_sees_leave_the_vote_alone() -> None:
    party = playing(replace(Policy(), wait="never"), HOST, MODERATOR, MEMBER, OTHER, GUEST)
    first = party.queue.current
    assert first is not None
    party.do("skip:vote", MEMBER, item_id=first.id)
    party.do("skip:vote", OTHER, item_id=first.id)
    before = len(party.events())
    part(party, GUEST, seen=True)
    party.present = ()
    part(party, GUEST)
    assert len(party.events()) == before

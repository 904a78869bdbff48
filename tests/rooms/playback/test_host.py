from typing import Any

import pytest
from msgspec.structs import replace

from rooms.errors import HubError
from rooms.ids import SYSTEM_USER_ID
from rooms.room import Controls, Policy
from tests.rooms.party import (
    GUEST,
    HOST,
    MEMBER,
    MODERATOR,
    OTHER,
    TRACKS,
    Party,
    uid,
)


def refused(party: Party, command: str, by: str, **payload: Any) -> str:
    with pytest.raises(HubError) as caught:
        party.do(command, by, **payload)
    return caught.value.code


def test_the_host_hands_the_room_over_and_is_a_member_then() -> None:
    party = Party()
    party.add(TRACKS[0])
    data = party.do("host:transfer", user_id=MEMBER)
    assert data["host_id"] == MEMBER
    assert party.last("host:changed") == {"from": HOST, "to": MEMBER, "reason": "transfer"}
    assert refused(party, "playback:play", HOST) == "NOT_HOST"
    party.do("playback:play", MEMBER)


@pytest.mark.parametrize("by", [MODERATOR, MEMBER, GUEST])
def test_nobody_else_hands_it_over(by: str) -> None:
    assert refused(Party(), "host:transfer", by, user_id=by) == "NOT_HOST"


def test_an_admin_hands_it_over_too() -> None:
    party = Party()
    party.roles[OTHER] = "admin"
    assert party.do("host:transfer", OTHER, user_id=MEMBER)["host_id"] == MEMBER


def test_a_stranger_is_made_no_host() -> None:
    assert refused(Party(), "host:transfer", HOST, user_id=uid(77)) == "NOT_FOUND"


def test_handing_over_to_the_host_is_no_event() -> None:
    party = Party()
    party.do("host:transfer", user_id=HOST)
    party.do("host:claim", HOST)
    assert party.log == []


def test_a_member_claims_a_room_whose_host_is_away() -> None:
    party = Party(present=(MEMBER, GUEST))
    assert party.do("host:claim", MEMBER)["host_id"] == MEMBER
    assert party.last("host:changed")["reason"] == "claim"


@pytest.mark.parametrize("present", [(HOST, MEMBER), (GUEST,), ()])
def test_no_claim_while_the_host_is_there_or_nobody_knows(present: tuple[str, ...]) -> None:
    assert refused(Party(present=present), "host:claim", MEMBER) == "CONFLICT"


def test_a_guest_claims_nothing() -> None:
    assert refused(Party(present=(GUEST,)), "host:claim", GUEST) == "NOT_HOST"


def test_the_owner_takes_his_room_back_at_any_time() -> None:
    party = Party(present=(HOST, MEMBER))
    party.do("host:transfer", user_id=MEMBER)
    assert party.do("host:claim", HOST)["host_id"] == HOST


def test_a_host_who_wakes_up_after_another_was_made_is_refused() -> None:
    party = Party(present=(MEMBER,))
    party.add(TRACKS[0])
    party.do("playback:play")
    party.do("host:claim", MEMBER)
    assert refused(party, "playback:pause", HOST) == "NOT_HOST"


def test_in_a_room_of_the_hub_the_first_to_play_drives() -> None:
    party = Party(Policy(controls=Controls()))
    party.room = replace(party.room, creator_id=SYSTEM_USER_ID)
    party.add(TRACKS[0], by=MEMBER)
    assert party.do("playback:play", MEMBER)["host_id"] == MEMBER
    assert party.last("host:changed") == {"from": None, "to": MEMBER, "reason": "first"}
    assert refused(party, "playback:pause", OTHER) == "NOT_HOST"

"""The host goes: grace, then what the room chose; nobody's sound is touched but by `pause`."""

import pytest
from msgspec import convert

from rooms.room import Policy
from tests.rooms.party import GUEST, HOST, MEMBER, MODERATOR, OTHER, ROOM_ID, SYSTEM, TRACKS, Party

GRACE_MS = 20_000


def room(rule: str, *here: str) -> Party:
    policy = convert({"on_host_lost": rule, "host_grace_ms": GRACE_MS}, Policy)
    party = Party(policy, present=(HOST, *here))
    party.add(*TRACKS[:3])
    party.do("playback:play")
    return party


def lose(party: Party, user_id: str = HOST) -> None:
    party.present = tuple(here for here in party.present if here != user_id)
    party.submit("host:lost", {"room_id": ROOM_ID, "user_id": user_id}, SYSTEM)


@pytest.mark.parametrize(
    ("rule", "here", "heir"),
    [
        ("promote_oldest", (GUEST, MEMBER, OTHER), MEMBER),
        ("promote_dj", (MEMBER, MODERATOR), MODERATOR),
        ("promote_dj", (GUEST, OTHER), OTHER),
    ],
)
def test_after_the_grace_another_drives(rule: str, here: tuple[str, ...], heir: str) -> None:
    party = room(rule, *here)
    rev = party.playback.rev
    lose(party)
    party.pass_ms(GRACE_MS - 1)
    assert party.playback.host_id is None
    party.pass_ms(1)
    assert party.last("host:changed") == {"from": HOST, "to": heir, "reason": "lost"}
    assert party.snapshot()["playback"]["host_id"] == heir
    assert party.playback.rev == rev


def test_who_is_back_in_time_stays_the_host() -> None:
    party = room("promote_oldest", MEMBER)
    lose(party)
    party.pass_ms(GRACE_MS // 2)
    party.present = (HOST, MEMBER)
    party.pass_ms(GRACE_MS)
    assert party.playback.host_id is None
    assert "host:changed" not in party.events()


def test_a_second_loss_begins_the_grace_anew() -> None:
    party = room("promote_oldest", MEMBER)
    lose(party)
    party.pass_ms(GRACE_MS - 1)
    lose(party)
    party.pass_ms(GRACE_MS - 1)
    assert party.playback.host_id is None
    party.pass_ms(1)
    assert party.playback.host_id == MEMBER


def test_pause_stops_where_everybody_is() -> None:
    party = room("pause", MEMBER)
    lose(party)
    party.pass_ms(GRACE_MS)
    assert party.playback.status == "paused"
    heard_ms = party.playback.at_ms - party.last("playback:changed")["at_ms"]
    assert heard_ms == 0
    assert party.playback.position_ms == pytest.approx(GRACE_MS - 1_000 + 250, abs=1)
    party.submit("host:lost", {"room_id": ROOM_ID, "user_id": HOST}, SYSTEM)
    rev = party.playback.rev
    party.pass_ms(GRACE_MS)
    assert party.playback.rev == rev, "what is paused stays as it is"


def test_continue_needs_no_host() -> None:
    party = room("continue", MEMBER)
    lose(party)
    assert "host.grace" not in party.timers


def test_the_loss_of_anybody_else_means_nothing() -> None:
    party = room("promote_oldest", MEMBER, OTHER)
    lose(party, MEMBER)
    assert "host.grace" not in party.timers


def test_a_host_who_was_replaced_meanwhile_is_not_replaced_again() -> None:
    party = room("promote_oldest", MEMBER, OTHER)
    lose(party)
    party.do("host:transfer", user_id=OTHER)
    party.pass_ms(GRACE_MS)
    assert party.playback.host_id == OTHER


def test_nobody_can_be_promoted_where_only_guests_are() -> None:
    party = room("promote_oldest", GUEST)
    lose(party)
    party.pass_ms(GRACE_MS)
    assert party.playback.host_id is None
    party.do("host:transfer", HOST, user_id=MEMBER)

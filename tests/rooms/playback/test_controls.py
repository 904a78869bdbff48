import pytest
from msgspec.structs import replace

from rooms.errors import NotFound
from rooms.feature import Actor, Context
from rooms.ids import SYSTEM_USER_ID
from rooms.playback.controls import NotHost, allows, host_of, is_dj, require, room_of
from rooms.playback.state import PlaybackState
from rooms.room import Control
from tests.rooms.party import GUEST, HOST, MEMBER, MODERATOR, SYSTEM, Party

EVERYBODY = (HOST, MODERATOR, MEMBER, GUEST)


def asking(actor: Actor, party: Party | None = None) -> Context:
    party = party or Party()
    return Context(
        now_ms=0, actor=actor, room=party.room, member=party.member(actor.user_id), ids=()
    )


@pytest.mark.parametrize(
    ("control", "allowed"),
    [("host", (HOST,)), ("dj", (HOST, MODERATOR)), ("all", EVERYBODY)],
)
def test_each_control_lets_its_own_pass(control: Control, allowed: tuple[str, ...]) -> None:
    party = Party()
    may = [
        user for user in EVERYBODY if allows(control, PlaybackState(), asking(party.actor(user)))
    ]
    assert tuple(may) == allowed


@pytest.mark.parametrize("control", ["host", "dj", "all"])
def test_the_hub_is_never_asked(control: Control) -> None:
    assert allows(control, PlaybackState(), asking(SYSTEM))


def test_the_creator_is_host_until_somebody_else_is_made_one() -> None:
    party = Party()
    assert host_of(PlaybackState(), party.room) == HOST
    handed_over = PlaybackState(host_id=MEMBER)
    assert host_of(handed_over, party.room) == MEMBER
    assert allows("host", handed_over, asking(party.actor(MEMBER)))
    assert not allows("host", handed_over, asking(party.actor(HOST)))
    assert is_dj(handed_over, asking(party.actor(HOST)))


def test_a_room_of_the_hub_has_no_host_at_first() -> None:
    room = replace(Party().room, creator_id=SYSTEM_USER_ID)
    assert host_of(PlaybackState(), room) is None
    assert host_of(PlaybackState(), None) is None


@pytest.mark.parametrize(
    ("control", "sentence"),
    [
        ("host", "Only the host can skip in this room."),
        ("dj", "Only the host and moderators can skip in this room."),
    ],
)
def test_a_refusal_says_who_may(control: Control, sentence: str) -> None:
    with pytest.raises(NotHost) as caught:
        require(control, PlaybackState(), asking(Party().actor(MEMBER)), "skip")
    error = caught.value
    assert (error.message, error.code, error.status) == (sentence, "NOT_HOST", 403)


def test_a_command_without_a_room_finds_none() -> None:
    with pytest.raises(NotFound):
        room_of(replace(asking(SYSTEM), room=None))

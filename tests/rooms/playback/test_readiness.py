from msgspec.structs import replace

from rooms.feature import Context
from rooms.playback.commands import Buffered
from rooms.playback.readiness import buffering, deadline, ready
from rooms.playback.state import PlaybackState
from rooms.playback.timers import Due
from rooms.room import Policy
from tests.rooms.party import GUEST, HOST, MEMBER, NOW_MS, ROOM_ID, Party, uid

ITEM = uid(1)
WAITING = PlaybackState(
    rev=4,
    item_id=ITEM,
    duration_ms=9_000,
    status="waiting",
    asked=(HOST, MEMBER),
    waiting_for=(HOST, MEMBER),
    deadline_ms=NOW_MS + 4_000,
    barrier_rev=4,
)


def asking(by: str) -> Context:
    party = Party(replace(Policy(), wait="all"))
    return Context(now_ms=NOW_MS, actor=party.actor(by), room=party.room, member=None, ids=())


def said(item_id: str = ITEM, rev: int = 4) -> Buffered:
    return Buffered(room_id=ROOM_ID, item_id=item_id, rev=rev, buffered_ms=3_000)


def test_each_answer_is_told_and_the_last_one_starts() -> None:
    first = ready(WAITING, said(), asking(HOST))
    assert [event.name for event in first.events] == ["playback:changed"]
    assert first.state.waiting_for == (MEMBER,)
    second = ready(first.state, said(), asking(MEMBER))
    assert second.state.status == "playing"
    assert {timer.key: timer.at_ms is None for timer in second.later} == {
        "playback.end": False,
        "playback.prepare": True,
        "playback.barrier": True,
    }


def test_answers_that_are_not_asked_for_change_nothing() -> None:
    for command, by in (
        (said(item_id=uid(2)), HOST),
        (said(rev=3), HOST),
        (said(), GUEST),
    ):
        outcome = ready(WAITING, command, asking(by))
        assert outcome.state is WAITING
        assert outcome.events == ()
        assert buffering(WAITING, command, asking(by)).state is WAITING


def test_who_was_ready_and_runs_dry_is_waited_for_again() -> None:
    one = ready(WAITING, said(), asking(HOST)).state
    assert buffering(one, said(), asking(HOST)).state.waiting_for == (MEMBER, HOST)


def test_the_deadline_starts_with_whoever_is_there() -> None:
    outcome = deadline(WAITING, Due(room_id=ROOM_ID, rev=4), asking(HOST))
    assert (outcome.state.status, outcome.state.waiting_for) == ("playing", ())


def test_the_deadline_of_another_wait_is_void() -> None:
    assert deadline(WAITING, Due(room_id=ROOM_ID, rev=3), asking(HOST)).state is WAITING
    playing = replace(WAITING, status="playing")
    assert deadline(playing, Due(room_id=ROOM_ID, rev=4), asking(HOST)).state is playing

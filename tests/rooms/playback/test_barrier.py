from msgspec.structs import replace

from rooms.feature import Context
from rooms.playback import barrier
from rooms.playback.state import START_LEAD_MS, PlaybackState
from rooms.room import Policy
from tests.rooms.party import HOST, MEMBER, NOW_MS, OTHER, Party, uid


def asking(wait: str, *present: str, by: str = HOST) -> Context:
    policy = replace(Policy(), wait=wait)
    party = Party(policy)
    return Context(
        now_ms=NOW_MS, actor=party.actor(by), room=party.room, member=None, ids=(), present=present
    )


def held(*users: str) -> PlaybackState:
    state = PlaybackState(rev=5, item_id="i", duration_ms=1_000)
    return barrier.wait(state, users, asking("all"))


def test_nobody_is_waited_for_unless_the_policy_says_so() -> None:
    assert barrier.asked(asking("never", HOST, MEMBER)) == ()
    assert barrier.asked(asking("all", HOST, MEMBER, HOST)) == (HOST, MEMBER)
    assert barrier.asked(asking("majority", HOST)) == (HOST,)
    assert barrier.asked(asking("all")) == ()


def test_nobody_is_waited_for_in_a_crowd() -> None:
    crowd = [uid(n) for n in range(barrier.MAX_ASKED + 1)]
    assert barrier.asked(asking("all", *crowd)) == ()
    assert len(barrier.asked(asking("all", *crowd[1:]))) == barrier.MAX_ASKED


def test_a_wait_knows_its_deadline_and_its_revision() -> None:
    state = held(HOST, MEMBER)
    assert (state.status, state.waiting_for) == ("waiting", (HOST, MEMBER))
    assert (state.deadline_ms, state.barrier_rev) == (NOW_MS + 4_000, 5)


def test_all_means_all() -> None:
    state = barrier.answered(held(HOST, MEMBER, OTHER), asking("all", by=MEMBER))
    assert (state.status, state.waiting_for, state.rev) == ("waiting", (HOST, OTHER), 6)
    state = barrier.answered(state, asking("all", by=HOST))
    state = barrier.answered(state, asking("all", by=OTHER))
    assert (state.status, state.waiting_for, state.asked) == ("playing", (), ())
    assert (state.deadline_ms, state.at_ms) == (None, NOW_MS + START_LEAD_MS)


def test_half_is_no_majority() -> None:
    users = [uid(n) for n in range(11, 15)]
    state = held(*users)
    for user in users[:2]:
        state = barrier.answered(state, asking("majority", by=user))
    assert len(state.waiting_for) == 2
    state = barrier.answered(state, asking("majority", by=users[2]))
    assert state.status == "playing"


def test_a_start_never_lies_before_the_silence_that_was_promised() -> None:
    state = replace(held(HOST), at_ms=NOW_MS + 60_000)
    assert barrier.start(state, NOW_MS).at_ms == NOW_MS + 60_000

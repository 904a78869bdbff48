from rooms.feature import Context
from rooms.playback.state import PlaybackState
from rooms.queue.commands import VoteItem, VoteSkip
from rooms.queue.items import AddedBy, Item, QueueState
from rooms.queue.votes import vote_item, vote_skip
from tests.rooms.party import GUEST, HOST, MEMBER, NOW_MS, ROOM_ID, Party, uid

NOW, NEXT = (
    Item(
        id=uid(n),
        track_id=uid(100 + n),
        title="Song",
        artist=None,
        duration_ms=60_000,
        rank=rank,
        added_by=AddedBy(HOST, "Hana"),
        added_at_ms=0,
        ready=True,
        state="playing" if n == 1 else "pending",
    )
    for n, rank in ((1, "V00000"), (2, "V01000"))
)
QUEUE = QueueState(items=(NOW, NEXT))
PLAYBACK = PlaybackState(rev=1, item_id=NOW.id, duration_ms=60_000, status="playing", at_ms=NOW_MS)


def asking(by: str, *present: str) -> Context:
    party = Party()
    return Context(
        now_ms=NOW_MS,
        actor=party.actor(by),
        room=party.room,
        member=party.member(by),
        ids=(uid(9),),
        slices={"playback": PLAYBACK},
        present=present,
    )


def for_skip(item_id: str = NOW.id) -> VoteSkip:
    return VoteSkip(room_id=ROOM_ID, op_id=uid(3), item_id=item_id)


def test_a_vote_is_told_with_its_score() -> None:
    vote = VoteItem(room_id=ROOM_ID, op_id=uid(3), item_id=NEXT.id, value=-1)
    outcome = vote_item(QUEUE, vote, asking(MEMBER))
    assert [event.name for event in outcome.events] == ["item:updated"]
    assert outcome.state.items[1].votes == {MEMBER: -1}
    assert outcome.data.item.score == -1


def test_a_vote_for_the_playing_item_changes_nothing() -> None:
    vote = VoteItem(room_id=ROOM_ID, op_id=uid(3), item_id=NOW.id, value=1)
    assert vote_item(QUEUE, vote, asking(MEMBER)).state is QUEUE


def test_the_same_wish_twice_is_one_vote_and_one_event() -> None:
    first = vote_skip(QUEUE, for_skip(), asking(MEMBER, MEMBER, HOST, GUEST))
    assert [event.name for event in first.events] == ["skip:tallied"]
    second = vote_skip(first.state, for_skip(), asking(MEMBER, MEMBER, HOST, GUEST))
    assert second.state is first.state
    assert second.events == ()


def test_the_last_wish_skips_and_sets_the_timer_of_the_next_item() -> None:
    first = vote_skip(QUEUE, for_skip(), asking(MEMBER, MEMBER, HOST, GUEST))
    second = vote_skip(first.state, for_skip(), asking(GUEST, MEMBER, HOST, GUEST))
    names = [event.name for event in second.events]
    assert names == ["skip:tallied", "queue:advanced", "playback:changed"]
    assert second.beside["playback"].item_id == NEXT.id
    assert "playback.end" in {timer.key for timer in second.later}


def test_a_wish_to_skip_something_else_is_acked() -> None:
    outcome = vote_skip(QUEUE, for_skip(NEXT.id), asking(MEMBER))
    assert outcome.state is QUEUE
    assert not outcome.data.skipped

import pytest
from msgspec.structs import replace

from rooms.queue import edits as queue_edits
from rooms.queue.advancing import advance
from rooms.queue.commands import TrackReady
from rooms.queue.events import LEAVES_AS, Reason
from rooms.queue.items import (
    MAX_HISTORY,
    AddedBy,
    Item,
    Limits,
    Order,
    QueueState,
    Settings,
    SkipTally,
)
from rooms.queue.rank import MAX_DIGITS, spread
from rooms.queue.telling import Edit


def item(name: str, by: str = "ann", at_ms: int = 0) -> Item:
    return Item(
        id=name,
        track_id=f"track of {name}",
        title=name,
        artist=None,
        duration_ms=1_000,
        rank="",
        added_by=AddedBy(by, by),
        added_at_ms=at_ms,
        ready=True,
    )


def queue(names: str, playing: bool = False, order: Order = "manual") -> Edit:
    found = names.split()
    items = [replace(item(n), rank=r) for n, r in zip(found, spread(len(found)), strict=True)]
    if playing:
        items[0] = replace(items[0], state="playing")
    return Edit(QueueState(items=tuple(items), order=order))


def settings(shuffle: bool) -> Settings:
    return Settings(
        repeat="off",
        shuffle=shuffle,
        order="manual",
        limits=Limits(),
        fallback_playlist_id=None,
        autoplay="off",
    )


def order_of(edit: Edit) -> str:
    return " ".join(i.id for i in edit.queue.items)


def told(edit: Edit) -> list[str]:
    return [event.name for event in edit.events]


@pytest.mark.parametrize(("index", "expected"), [(0, "x y a b"), (1, "a x y b"), (2, "a b x y")])
def test_items_are_added_where_asked(index: int, expected: str) -> None:
    edit = queue_edits.add(queue("a b"), [item("x"), item("y")], index)
    assert order_of(edit) == expected
    assert told(edit) == ["item:added"]
    assert edit.queue.rev == 1


def test_what_is_added_next_comes_behind_what_plays() -> None:
    edit = queue_edits.add(queue("now a", playing=True), [item("x")], 0)
    assert order_of(edit) == "now x a"


@pytest.mark.parametrize(
    ("index", "expected"), [(0, "c a b d"), (1, "a c b d"), (2, "a b c d"), (3, "a b d c")]
)
def test_an_item_moves_among_the_others(index: int, expected: str) -> None:
    before = queue("a b c d")
    edit = queue_edits.move(before, "c", index)
    assert order_of(edit) == expected
    assert told(edit) == ([] if index == 2 else ["item:moved"])
    if index == 2:
        assert edit.queue is before.queue


def test_a_move_without_room_spreads_the_queue_anew() -> None:
    tight = "V00000" + "0" * (MAX_DIGITS - 7) + "1"
    items = [replace(item(n), rank=r) for n, r in (("a", "V00000"), ("b", tight), ("c", "W00000"))]
    edit = queue_edits.move(Edit(QueueState(items=tuple(items))), "c", 1)
    assert order_of(edit) == "a c b"
    assert told(edit) == ["queue:updated"]
    assert tuple(i.rank for i in edit.queue.items) == spread(3)


def test_removing_leaves_no_trace() -> None:
    edit = queue_edits.remove(queue("a b c"), "b")
    assert order_of(edit) == "a c"
    assert edit.queue.history == ()


def test_clearing_leaves_what_plays() -> None:
    assert order_of(queue_edits.clear(queue("now a b", playing=True))) == "now"
    assert order_of(queue_edits.clear(queue("a b"))) == ""


def test_a_lock_is_set_and_taken_away() -> None:
    locked = queue_edits.lock(queue("a"))
    assert locked.queue.locked
    opened = queue_edits.unlock(locked)
    assert not opened.queue.locked
    assert told(opened) == ["queue:locked", "queue:unlocked"]
    assert opened.queue.rev == 2


def test_settings_that_are_so_already_change_nothing() -> None:
    before = queue("a b")
    same = queue_edits.update(before, settings(shuffle=False), seed="s")
    assert same is before


def test_a_shuffle_tells_every_new_rank_in_one_event() -> None:
    before = queue("a b c d e f g h")
    mixed = queue_edits.update(before, settings(shuffle=True), seed="s")
    assert told(mixed) == ["queue:updated"]
    assert order_of(mixed) != order_of(before)
    back = queue_edits.update(mixed, settings(shuffle=False), seed="s")
    assert order_of(back) == order_of(before)


def test_the_liked_item_moves_up_and_the_vote_can_be_taken_back() -> None:
    edit = queue_edits.vote(queue("a b", order="votes"), "b", "u1", 1)
    assert order_of(edit) == "b a"
    assert told(edit) == ["item:updated", "item:moved"]
    undone = queue_edits.vote(edit, "b", "u1", 0)
    assert undone.queue.items[0].score == 0
    assert undone.queue.find("b") == replace(undone.queue.items[0], votes={})


def test_a_vote_counts_once_for_each_user() -> None:
    once = queue_edits.vote(queue("a"), "a", "u1", 1)
    assert queue_edits.vote(once, "a", "u1", 1) is once
    both = queue_edits.vote(once, "a", "u2", -1)
    assert both.queue.items[0].score == 0
    assert queue_edits.vote(both, "a", "u1", -1).queue.items[0].score == -2


def test_a_vote_for_what_is_gone_changes_nothing() -> None:
    before = queue("a")
    assert queue_edits.vote(before, "gone", "u1", 1) is before


def test_every_item_of_a_track_becomes_ready() -> None:
    waiting = [replace(item(n), track_id="t", ready=False, duration_ms=None) for n in "ab"]
    before = queue_edits.add(queue(""), waiting, 0)
    made = TrackReady(
        room_id="r", track_id="T", title="Song", artist="Ada", duration_ms=5_000, has_cover=True
    )
    edit = queue_edits.make_ready(before, made)
    shown = [(i.ready, i.title, i.artist, i.duration_ms, i.has_cover) for i in edit.queue.items]
    assert shown == [(True, "Song", "Ada", 5_000, True)] * 2
    assert queue_edits.make_ready(edit, replace(made, title="Other")) is edit


def test_items_of_a_failed_track_go_to_the_history() -> None:
    edit = queue_edits.fail(queue("a b"), "track of a", 77)
    assert order_of(edit) == "b"
    assert [(i.id, i.state, i.ready, i.ended_at_ms) for i in edit.queue.history] == [
        ("a", "failed", False, 77)
    ]


def test_a_tally_is_kept_until_the_queue_advances() -> None:
    edit = queue_edits.tally(queue("now a", playing=True), SkipTally("now", ("u1",), 1, 2))
    assert edit.queue.skip is not None
    after = advance(edit, edit.queue.pending[0], "vote", 5, None)
    assert after.queue.skip is None


@pytest.mark.parametrize(
    ("reason", "state"),
    [("ended", "played"), ("skip", "skipped"), ("vote", "skipped"), ("error", "failed")],
)
def test_the_history_says_how_an_item_ended(reason: Reason, state: str) -> None:
    before = queue("now a b", playing=True)
    edit = advance(before, before.queue.pending[0], reason, 99, None)
    assert order_of(edit) == "a b"
    assert edit.queue.items[0].state == "playing"
    assert [(i.id, i.state, i.ended_at_ms) for i in edit.queue.history] == [("now", state, 99)]
    assert LEAVES_AS[reason] == state


def test_an_item_from_the_middle_comes_to_the_front() -> None:
    before = queue("now a b c", playing=True)
    edit = advance(before, before.queue.find("b"), "skip", 1, None)
    assert order_of(edit) == "b a c"
    assert told(edit) == ["queue:advanced"]


def test_going_back_puts_the_current_item_next() -> None:
    before = queue("a b c", playing=True)
    on = advance(before, before.queue.find("b"), "ended", 1, None)
    back = advance(on, on.queue.history[-1], "previous", 2, None)
    assert order_of(back) == "a b c"
    assert [i.state for i in back.queue.items] == ["playing", "pending", "pending"]
    assert back.queue.history == ()
    assert back.queue.items[0].ended_at_ms is None


def test_an_item_that_goes_round_is_a_new_one_at_the_end() -> None:
    before = queue("now a", playing=True)
    edit = advance(before, before.queue.find("a"), "ended", 1, "copy")
    assert order_of(edit) == "a copy"
    assert edit.queue.items[1].track_id == "track of now"
    assert [i.id for i in edit.queue.history] == ["now"]
    assert told(edit) == ["item:added", "queue:advanced"]
    assert edit.queue.rev == 2


def test_nothing_after_the_last() -> None:
    edit = advance(queue("now", playing=True), None, "ended", 1, None)
    assert order_of(edit) == ""
    assert [i.id for i in edit.queue.history] == ["now"]


def test_the_history_has_an_end() -> None:
    edit = queue("")
    for n in range(MAX_HISTORY + 5):
        edit = queue_edits.add(Edit(edit.queue), [item(f"i{n}")], 0)
        edit = advance(edit, edit.queue.find(f"i{n}"), "ended", n, None)
    edit = advance(edit, None, "skip", 999, None)
    assert [i.id for i in edit.queue.history] == [f"i{n}" for n in range(5, MAX_HISTORY + 5)]


def test_fair_turns_are_counted_anew_when_the_queue_advances() -> None:
    items = [item("a1", "ann", 1), item("a2", "ann", 2), item("b1", "bob", 3)]
    edit = queue_edits.add(queue("", order="fair"), items, 0)
    assert order_of(edit) == "a1 b1 a2"
    edit = advance(edit, edit.queue.find("b1"), "start", 1, None)
    assert order_of(edit) == "b1 a1 a2"
    edit = queue_edits.add(edit, [item("b2", "bob", 4)], 0)
    assert order_of(edit) == "b1 a1 a2 b2"
    edit = advance(edit, edit.queue.find("a1"), "ended", 2, None)
    assert order_of(edit) == "a1 b2 a2"

import pytest
from msgspec.structs import replace

from rooms.errors import Conflict, NotFound
from rooms.queue.items import AddedBy, Item, ItemState, Limits, QueueState
from rooms.queue.limits import check_repeats, check_room, check_runs, check_share, find_cards
from tests.rooms.party import BROKEN, SECRET, TRACKS, UNKNOWN, UPLOAD, cards


def item(
    name: str, by: str = "ann", track: str = "t", state: ItemState = "pending", ended_ms: int = 0
) -> Item:
    return Item(
        id=name,
        track_id=track,
        title=name,
        artist=None,
        duration_ms=1_000,
        rank=name,
        added_by=AddedBy(by, by),
        added_at_ms=0,
        state=state,
        ended_at_ms=ended_ms or None,
    )


def queue(*items: Item, history: tuple[Item, ...] = (), **limits: int) -> QueueState:
    return QueueState(items=items, history=history, limits=replace(Limits(), **limits))


def test_cards_come_in_the_wanted_order_and_more_than_once() -> None:
    wanted = [TRACKS[1], UPLOAD, TRACKS[1].upper()]
    assert [c.id for c in find_cards(wanted, cards())] == [TRACKS[1], UPLOAD, TRACKS[1]]


def test_unknown_and_forbidden_tracks_look_alike() -> None:
    with pytest.raises(NotFound) as caught:
        find_cards([TRACKS[0], UNKNOWN, SECRET], cards())
    fields = [(f.field, f.code, f.message) for f in caught.value.fields]
    assert fields == [
        ("track_ids[1]", "NOT_FOUND", "There is no such track."),
        ("track_ids[2]", "NOT_FOUND", "There is no such track."),
    ]


def test_a_track_that_failed_is_refused_by_name() -> None:
    with pytest.raises(Conflict, match="Broken") as caught:
        find_cards([TRACKS[0], BROKEN], cards())
    assert caught.value.code == "NOT_READY"
    assert [f.field for f in caught.value.fields] == ["track_ids[1]"]


@pytest.mark.parametrize(
    ("most", "fits"), [({}, True), ({"max_items": 3}, True), ({"max_items": 2}, False)]
)
def test_the_queue_holds_so_many(most: dict[str, int], fits: bool) -> None:
    full = replace(queue(item("a")), limits=replace(Limits(), **most))
    if fits:
        check_room(full, 2)
        return
    with pytest.raises(Conflict, match="holds 2 items") as caught:
        check_room(full, 2)
    assert caught.value.code == "QUOTA_EXCEEDED"


def test_nobody_waits_with_more_than_his_share() -> None:
    shared = queue(item("now", state="playing"), item("a"), item("b", by="bob"), pending_per_user=2)
    check_share(shared, "ann", 1)
    with pytest.raises(Conflict, match="1 of at most 2"):
        check_share(shared, "ann", 2)


def test_a_track_is_not_repeated_too_soon() -> None:
    past = (
        item("h1", track="long ago", state="played", ended_ms=1_000),
        item("h2", track="just now", state="played", ended_ms=90_000),
        item("h3", track="skipped", state="skipped", ended_ms=90_000),
    )
    strict = queue(item("a", track="queued"), history=past, no_repeat_s=60)
    check_repeats(strict, ["new", "long ago", "skipped"], 100_000)
    with pytest.raises(Conflict) as caught:
        check_repeats(strict, ["queued", "x", "just now", "x"], 100_000)
    fields = [f.field for f in caught.value.fields]
    assert fields == ["track_ids[0]", "track_ids[2]", "track_ids[3]"]


def test_without_a_limit_anything_may_be_repeated() -> None:
    check_repeats(queue(item("a", track="t")), ["t", "t"], 0)


def test_no_row_of_one_person_grows_too_long() -> None:
    mine = [item("a"), item("b"), item("c")]
    check_runs(queue(mine[0], item("x", by="bob"), *mine[1:], consecutive=2), mine)
    with pytest.raises(Conflict, match="At most 2"):
        check_runs(queue(*mine, consecutive=2), mine[2:])


def test_an_old_row_does_not_stop_others() -> None:
    row = queue(item("a"), item("b"), item("c", by="bob"), consecutive=1)
    check_runs(row, [item("c", by="bob")])


def test_rows_are_no_matter_where_the_queue_mixes_by_itself() -> None:
    mine = [item("a"), item("b")]
    check_runs(replace(queue(*mine, consecutive=1), order="fair"), mine)

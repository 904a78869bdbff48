import msgspec
import pytest
from msgspec.structs import replace

from rooms.queue.items import (
    MAX_HISTORY,
    AddedBy,
    Item,
    Limits,
    QueueState,
    SkipTally,
    retire,
    show_item,
)
from rooms.queue.view import SNAPSHOT_HISTORY, show_queue
from tests.rooms.party import as_json

ITEM = Item(
    id="i1",
    track_id="t1",
    title="Song",
    artist="Ada",
    duration_ms=60_000,
    rank="V00000",
    added_by=AddedBy("u1", "Uma"),
    added_at_ms=1_764_000_000_123,
    ready=True,
)


def test_an_item_on_the_wire_has_every_field() -> None:
    assert as_json(show_item(ITEM)) == {
        "id": "i1",
        "track_id": "t1",
        "title": "Song",
        "artist": "Ada",
        "duration_ms": 60_000,
        "added_by": {"user_id": "u1", "display_name": "Uma"},
        "added_at": "2025-11-24T16:00:00.123Z",
        "rank": "V00000",
        "score": 0,
        "state": "pending",
        "ready": True,
        "has_cover": False,
        "played_at": None,
    }


def test_an_empty_queue_shows_its_settings() -> None:
    assert as_json(show_queue(QueueState())) == {
        "items": [],
        "history": [],
        "queue_rev": 0,
        "locked": False,
        "repeat": "off",
        "shuffle": False,
        "order": "manual",
        "limits": {
            "pending_per_user": None,
            "consecutive": None,
            "max_items": 500,
            "no_repeat_s": None,
        },
        "current_item_id": None,
        "skip": None,
        "suggestions": [],
        "fallback_playlist_id": None,
        "autoplay": "off",
        "state_hash": "00000000",
    }


def test_current_is_the_first_item_while_it_plays() -> None:
    other = replace(ITEM, id="i2", rank="V01000")
    assert QueueState(items=(ITEM, other)).current is None
    queue = QueueState(items=(replace(ITEM, state="playing"), other))
    assert queue.current is not None
    assert queue.pending == (other,)
    assert show_queue(queue).current_item_id == "i1"


@pytest.mark.parametrize(
    ("change", "playable"),
    [({}, True), ({"ready": False}, False), ({"duration_ms": None}, False)],
)
def test_only_a_ready_item_of_known_length_is_playable(
    change: dict[str, object], playable: bool
) -> None:
    assert replace(ITEM, **change).playable is playable


def test_an_id_is_found_in_any_case() -> None:
    assert QueueState(items=(ITEM,)).find("I1") == ITEM
    assert QueueState(items=(ITEM,)).find("i2") is None


def test_a_snapshot_holds_the_end_of_the_history() -> None:
    history = tuple(retire(replace(ITEM, id=f"h{n}"), "played", n) for n in range(MAX_HISTORY))
    shown = show_queue(QueueState(history=history)).history
    assert [item.id for item in shown] == [f"h{n}" for n in range(80, 100)]
    assert len(shown) == SNAPSHOT_HISTORY


def test_the_history_keeps_the_score_and_forgets_who_voted() -> None:
    voted = replace(ITEM, votes={"u1": 1, "u2": 1}, score=2)
    retired = retire(voted, "skipped", 1_764_000_000_000)
    assert (retired.state, retired.score, retired.votes) == ("skipped", 2, {})
    assert show_item(retired).played_at == "2025-11-24T16:00:00.000Z"


def test_the_vote_to_skip_is_shown_without_names() -> None:
    queue = QueueState(skip=SkipTally("i1", ("u1", "u2"), 2, 3))
    assert as_json(show_queue(queue))["skip"] == {"item_id": "i1", "votes": 2, "needed": 3}


def test_a_full_queue_takes_less_than_a_quarter_megabyte_of_storage() -> None:
    items = tuple(replace(ITEM, id=f"{n:036}", track_id=f"{n:036}") for n in range(600))
    assert len(msgspec.json.encode(QueueState(items=items))) < 256 * 1024


@pytest.mark.parametrize("limits", [{"max_items": 501}, {"consecutive": 0}, {"no_repeat_s": -1}])
def test_limits_outside_their_bounds_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(limits, Limits)

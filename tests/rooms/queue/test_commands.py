from typing import Any

import msgspec
import pytest
from msgspec import Struct

from rooms.queue.commands import MAX_ADD, AddItems, After, MoveItem, TrackReady, UpdateQueue
from tests.rooms.party import ROOM_ID, TRACKS, uid

BASE = {"room_id": ROOM_ID, "op_id": uid(1)}


@pytest.mark.parametrize("place", ["next", "last", {"after_id": uid(5)}])
def test_every_place_is_understood(place: Any) -> None:
    added = msgspec.convert({**BASE, "track_ids": TRACKS[:2], "place": place}, AddItems)
    expected = After(after_id=uid(5)) if isinstance(place, dict) else place
    assert added.place == expected


def test_clients_may_send_more_than_we_know() -> None:
    assert msgspec.convert({**BASE, "item_id": uid(1), "note": "later"}, MoveItem).item_id == uid(1)


@pytest.mark.parametrize(
    ("schema", "payload"),
    [
        (AddItems, {"track_ids": []}),
        (AddItems, {"track_ids": [TRACKS[0]] * (MAX_ADD + 1)}),
        (AddItems, {"track_ids": ["../../etc/passwd"]}),
        (AddItems, {"track_ids": TRACKS[:1], "place": "first"}),
        (AddItems, {"track_ids": TRACKS[:1], "place": {"after_id": 3}}),
        (AddItems, {"track_ids": TRACKS[:1], "op_id": None}),
        (MoveItem, {"item_id": "i1"}),
        (UpdateQueue, {"repeat": "forever"}),
        (UpdateQueue, {"shuffle": 1}),
        (UpdateQueue, {"order": "raffle"}),
        (UpdateQueue, {"limits": {"max_items": 0}}),
        (UpdateQueue, {"if_rev": -1}),
        (TrackReady, {"track_id": uid(1), "title": "x", "duration_ms": 0}),
    ],
)
def test_bad_input_is_refused_at_the_door(schema: type[Struct], payload: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**BASE, **payload}, schema)

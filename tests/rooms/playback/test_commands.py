from typing import Any

import msgspec
import pytest
from msgspec import Struct

from rooms.playback.commands import Buffered, Pause, Play, Report, Seek, SetRate, Step
from tests.rooms.party import ROOM_ID, uid

BASE = {"room_id": ROOM_ID, "op_id": uid(1)}


@pytest.mark.parametrize("position_ms", [0, 61_234, 61_234.567])
def test_positions_may_have_fractions(position_ms: float) -> None:
    assert msgspec.convert({**BASE, "position_ms": position_ms}, Seek).position_ms == position_ms


def test_readiness_needs_no_op_id() -> None:
    payload = {"room_id": ROOM_ID, "item_id": uid(1), "rev": 3}
    assert msgspec.convert(payload, Buffered).op_id is None


@pytest.mark.parametrize(
    ("schema", "payload"),
    [
        (Play, {"op_id": None}),
        (Play, {"item_id": "first"}),
        (Play, {"rate": 9}),
        (Pause, {"position_ms": -1}),
        (Seek, {}),
        (Seek, {"position_ms": -5}),
        (Seek, {"position_ms": "5"}),
        (Seek, {"position_ms": float("nan")}),
        (Step, {"if_rev": -1}),
        (Step, {"if_rev": 1.5}),
        (SetRate, {"rate": 0.1}),
        (SetRate, {"rate": float("nan")}),
        (Report, {"item_id": uid(1), "position_ms": -1, "at_ms": 0}),
        (Report, {"item_id": uid(1), "position_ms": 0, "at_ms": 0, "rung": "x" * 65}),
    ],
)
def test_bad_input_is_refused_at_the_door(schema: type[Struct], payload: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**BASE, **payload}, schema)

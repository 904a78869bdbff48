"""A new feature is one module and one line: this one is registered and played over a socket."""

from typing import Any

import pytest
from msgspec import Struct

from rooms.errors import Conflict
from rooms.feature import Command, Context, Event, Feature, Outcome
from rooms.ids import Uuid
from tests.client import connected
from tests.nodes import OpenNode, People


class Counted(Struct, frozen=True):
    """The count has risen."""

    count: int


class CountState(Struct, frozen=True):
    """How often somebody has counted."""

    count: int = 0


class CountUp(Struct, frozen=True, kw_only=True):
    """Count one up, to at most three."""

    room_id: Uuid
    op_id: Uuid


def count_up(state: CountState, _command: CountUp, _context: Context) -> Outcome:
    """One more."""
    if state.count == 3:
        raise Conflict("Three is enough.")
    after = CountState(state.count + 1)
    counted = Counted(after.count)
    return Outcome(after, events=(Event("count:raised", counted),), data=counted)


def view(state: Any, _context: Context) -> dict[str, int]:
    """What a newcomer sees."""
    return {"count": state.count}


TOY = Feature(
    name="toy",
    state=CountState,
    commands={"count:up": Command(CountUp, count_up)},
    events={"count:raised": Counted},
    view=view,
)


@pytest.fixture
def features(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """The product's features and this one."""
    return (*features, TOY)


async def test_a_toy_feature_plays_over_a_real_socket(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.ok("room:join", {"room_id": room["id"]})
        stream = {"stream": f"room:{room['id']}"}
        await bob.ok("stream:subscribe", stream)
        ops = [f"018f0000-0000-7000-8000-00000000000{n}" for n in range(4)]
        for n in range(3):
            command = {"room_id": room["id"], "op_id": ops[n]}
            assert await ada.ok("count:up", command) == {"count": n + 1}
            assert await ada.ok("count:up", command) == {"count": n + 1}
        error = await ada.error("count:up", {"room_id": room["id"], "op_id": ops[3]})
        assert error["code"] == "CONFLICT"
        last = await bob.wait_for("count:raised", lambda p: p["data"]["count"] == 3)
        assert last["seq"] == bob.seqs()[-1]
        assert len(bob.payloads("count:raised")) == 3
        snapshot = (await ada.ok("stream:subscribe", stream))["snapshot"]
        assert snapshot["toy"] == {"count": 3}

"""33-35: streams, names of rooms, and floods."""

from typing import Any

import pytest

from hub.streams.streams import MAX_STREAMS
from tests.client import connected
from tests.hub.engine.wire import masked
from tests.hub.hostile.conftest import Target
from tests.nodes import OpenNode, People
from tests.people import new_room

BAD_NAMES: dict[str, Any] = {
    "a dict": {"a": 1},
    "a list": ["room"],
    "nothing": "",
    "a number": 5,
    "null": None,
    "60,000 characters": "room:" + "x" * 60_000,
    "a path": "room:../../etc/passwd",
    "every room": "room:*",
    "a pattern of Redis": "room:[a-f]*",
    "no kind": "01989b0e-0000-7000-8000-000000000000",
    "another kind": "sid:01989b0e-0000-7000-8000-000000000000",
    "no UUID": "room:zzzzzzzz-0000-7000-8000-000000000000",
    "a NUL, escaped": "room:01989b0e-0000-7000-8000-00000000000\u2400",
}


async def test_a_connection_follows_so_many_streams(open_one: OpenNode, people: People) -> None:
    """33: the refused one costs nothing, and one that goes makes room."""
    running = await open_one()
    actor, token = await people.sign_in("mallory")
    rooms = [await new_room(running.node.committer, actor) for _ in range(MAX_STREAMS + 1)]
    async with connected(running.url, token) as client:
        for room_id in rooms[:MAX_STREAMS]:
            await client.ok("stream:subscribe", {"stream": f"room:{room_id}"})

        error = await client.error("stream:subscribe", {"stream": f"room:{rooms[-1]}"})
        assert (error["code"], error["fields"][0]["code"]) == ("QUOTA_EXCEEDED", "TOO_MANY")
        assert len(running.node.fanout.streams()) == MAX_STREAMS
        await client.ok("stream:subscribe", {"stream": f"room:{rooms[0]}"})  # one it has already
        await client.ok("stream:unsubscribe", {"stream": f"room:{rooms[0]}"})
        await client.ok("stream:subscribe", {"stream": f"room:{rooms[-1]}"})


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_a_stream_is_named_by_kind_and_uuid_only(target: Target, name: str) -> None:
    """34."""
    async with await target.connected() as wire:
        wire.emit("stream:subscribe", {"stream": BAD_NAMES[name]}, ack_id=1)

        error = (await wire.ack(1))["error"]
        assert error["code"] == "VALIDATION_ERROR"
        assert error["fields"][0]["field"] == "stream"
        assert target.running.node.fanout.streams() == []


async def test_a_socket_cannot_be_named_as_a_room(target: Target) -> None:
    """34: in Socket.IO every socket is a room; here a client names none of them."""
    async with await target.connected() as victim, await target.connected() as wire:
        sid = next(iter(target.running.node.sessions)).connection_id
        for number, name in enumerate((sid, f"room:{sid}", f"user:{sid}")):
            wire.emit("stream:subscribe", {"stream": name}, ack_id=number)
            assert (await wire.ack(number))["error"]["code"] == "VALIDATION_ERROR"
        await victim.still_there()


async def test_a_flood_of_events_ends_the_session(target: Target) -> None:
    """35: after the burst; whoever works beside it is not disturbed."""
    async with await target.connected() as canary, await target.connected() as wire:
        wire.raw(masked(1, b'42["typing:start",{}]') * 3_000)

        assert (await wire.closed()).code == 4008
        canary.emit("clock:ping", {"t0": 1.0}, ack_id=1)
        assert (await canary.ack(1))["ok"]


async def test_what_fits_the_burst_is_answered(target: Target) -> None:
    """35."""
    async with await target.connected() as wire:
        for number in range(100):
            wire.emit("clock:ping", {"t0": 1.0}, ack_id=number)

        answers = [(await wire.ack(number))["ok"] for number in range(100)]
        assert answers.count(True) == 100

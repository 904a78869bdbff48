"""51, 53-57: typing, the queue and the shared timeline in hostile hands."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from storage.backends import Pool
from tests.client import HubClient, connected
from tests.hub.hostile.conftest import Target
from tests.nodes import OpenNode, People
from tests.people import fresh_id, new_track


class Party:
    """Ada's room with Bob in it, each on a node, and three items in its queue."""

    def __init__(self, ada: HubClient, bob: HubClient, room_id: str, tracks: list[str]) -> None:
        self.ada, self.bob = ada, bob
        self.room_id = room_id
        self.tracks = tracks
        self.items: list[dict[str, Any]] = []

    async def error(self, client: HubClient, event: str, **fields: Any) -> dict[str, Any]:
        return await client.error(event, self.call(fields))

    async def ok(self, client: HubClient, event: str, **fields: Any) -> Any:
        return await client.ok(event, self.call(fields))

    async def titles(self, client: HubClient) -> list[str]:
        queue = await client.ok("queue:get", {"room_id": self.room_id})
        return [item["title"] for item in queue["items"]]

    def call(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The payload of a call about the room."""
        return {"room_id": self.room_id, "op_id": fresh_id()} | fields


@pytest.fixture
async def party(open_one: OpenNode, people: People, pool: Pool) -> AsyncIterator[Party]:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(3)]
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.ok("room:join", {"room_id": room["id"]})
        for client in (ada, bob):
            await client.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        party = Party(ada, bob, room["id"], tracks)
        added = await party.ok(ada, "item:add", track_ids=tracks, place="last")
        party.items = added["items"]
        yield party


async def test_a_storm_of_typing_is_limited_and_everybody_gets_little(target: Target) -> None:
    """51: with every limit on."""
    _, token = await target.someone("ada")
    async with connected(target.running.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        acks = await asyncio.gather(
            *(ada.call("typing:start", {"room_id": room["id"]}) for _ in range(60))
        )
        codes = {ack["error"]["code"] for ack in acks if not ack["ok"]}
        assert codes == {"RATE_LIMITED"}
        assert all(a["error"]["retry_after_ms"] > 0 for a in acks if not a["ok"])
        assert len(ada.payloads("typing:updated")) <= 3


async def test_items_that_are_not_there_move_nothing(party: Party) -> None:
    """53: what was removed a moment ago is a race that nobody lost, and is acked."""
    first, second, third = (item["id"] for item in party.items)
    await party.ok(party.ada, "item:remove", item_id=second)
    for fields in (
        {"item_id": first, "after_id": second},
        {"item_id": first, "after_id": fresh_id()},
        {"item_id": second, "after_id": third},
        {"item_id": fresh_id(), "after_id": third},
        {"item_id": first, "before_id": first},
    ):
        await party.ada.call("item:move", party.call(fields))
    for fields in ({"item_id": first}, {"item_id": first, "before_id": third, "after_id": third}):
        assert (await party.error(party.ada, "item:move", **fields))["status"] == 400
    for client in (party.ada, party.bob):
        assert await party.titles(client) == ["Song 0", "Song 2"]


async def test_a_queue_has_an_end(party: Party) -> None:
    """53: too many at once, of tracks that do not exist, of a track that is another's."""
    many = [party.tracks[0]] * 10_000
    error = await party.error(party.ada, "item:add", track_ids=many[:1_000])
    assert error["status"] == 400
    unknown = await party.error(party.ada, "item:add", track_ids=[fresh_id()])
    assert unknown["status"] == 404
    assert await party.titles(party.bob) == ["Song 0", "Song 1", "Song 2"]


async def test_clear_and_add_at_once_end_alike_everywhere(party: Party) -> None:
    """54."""
    for _ in range(5):
        await asyncio.gather(
            party.ok(party.ada, "queue:clear"),
            party.ok(party.bob, "item:add", track_ids=party.tracks[:2], place="last"),
        )
        seen = [await party.titles(client) for client in (party.ada, party.bob)]
        assert seen[0] == seen[1]
        assert seen[0] in ([], ["Song 0", "Song 1"])


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("playback:seek", {"position_ms": -5}),
        ("playback:seek", {"position_ms": "NaN"}),
        ("playback:seek", {"position_ms": 2**52}),
        ("playback:seek", {}),
        ("playback:set_rate", {"rate": 0}),
        ("playback:set_rate", {"rate": -1}),
        ("playback:set_rate", {"rate": 1_000}),
        ("playback:play", {"position_ms": -1}),
        ("playback:play", {"item_id": "5"}),
    ],
)
async def test_positions_and_rates_that_are_none(
    party: Party, event: str, fields: dict[str, Any]
) -> None:
    """55."""
    await party.ok(party.ada, "playback:play")
    error = await party.error(party.ada, event, **fields)
    assert (error["code"], error["status"]) == ("VALIDATION_ERROR", 400)


async def test_who_is_not_the_host_does_not_play(party: Party) -> None:
    """55: nor does a host who knows an old state."""
    assert (await party.error(party.bob, "playback:play"))["code"] == "NOT_HOST"
    playing = await party.ok(party.ada, "playback:play")
    old = playing["rev"] - 1
    error = await party.error(party.ada, "playback:pause", if_rev=old)
    assert (error["code"], error["status"]) == ("REV_MISMATCH", 409)
    error = await party.error(party.ada, "playback:play", item_id=fresh_id())
    assert error["status"] in (404, 409)


async def test_two_who_press_next_at_once_skip_one_item(party: Party) -> None:
    """55: `advance` with an old version."""
    playing = await party.ok(party.ada, "playback:play")
    await asyncio.gather(
        *(
            party.ada.call("playback:next", party.call({"item_id": playing["item_id"]}))
            for _ in range(5)
        )
    )
    queue = await party.ada.ok("queue:get", {"room_id": party.room_id})
    assert queue["current_item_id"] == party.items[1]["id"]


async def test_a_storm_of_seeks_is_limited(target: Target, pool: Pool) -> None:
    """55."""
    ada_user, token = await target.someone("ada")
    track = await new_track(pool, ada_user, "Song")
    async with connected(target.running.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        call = {"room_id": room["id"]}
        await ada.ok("item:add", call | {"op_id": fresh_id(), "track_ids": [track]})
        await ada.ok("playback:play", call | {"op_id": fresh_id()})
        acks = await asyncio.gather(
            *(
                ada.call("playback:seek", call | {"op_id": fresh_id(), "position_ms": n})
                for n in range(60)
            )
        )
        assert sum(ack["ok"] for ack in acks) <= 11
        assert {ack["error"]["code"] for ack in acks if not ack["ok"]} == {"RATE_LIMITED"}


@pytest.mark.parametrize("wrong_ms", [-3_600_000, 3_600_000, 2**40])
async def test_a_wrong_clock_disturbs_only_its_owner(party: Party, wrong_ms: int) -> None:
    """56: an hour off, or absurd; what the others hear does not change."""
    playing = await party.ok(party.ada, "playback:play")
    await party.ada.wait_for("playback:changed")
    changes = len(party.ada.payloads("playback:changed"))
    report = {
        "room_id": party.room_id,
        "item_id": playing["item_id"],
        "position_ms": 0,
        "at_ms": playing["effective_at_ms"] + wrong_ms,
        "buffered_ms": 0,
        "rung": "low",
    }
    answer = await party.bob.call("playback:report", report)
    assert answer["ok"] or answer["error"]["status"] == 400, answer
    state = await party.ada.ok("queue:get", {"room_id": party.room_id})
    assert state["current_item_id"] == playing["item_id"]
    assert len(party.ada.payloads("playback:changed")) == changes

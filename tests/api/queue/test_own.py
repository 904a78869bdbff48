"""The caller's own queue over REST: a room of his own, in the specified shape."""

from typing import Any

import pytest

from storage.rooms.rooms import list_rooms
from tests.api.conftest import Caller, Door


@pytest.fixture
async def ada(door: Door) -> Caller:
    return await door.newcomer()


async def tracks(door: Door, owner: Caller, count: int) -> list[str]:
    return [
        await door.add_track(owner, duration_ms=60_000, stream_status="ready") for _ in range(count)
    ]


def order(answer: Any) -> list[str]:
    items = answer.data["items"]
    assert [item["position"] for item in items] == list(range(len(items)))
    return [item["track_id"] for item in items]


async def test_a_new_queue_is_empty_and_stays_the_same_one(ada: Caller) -> None:
    first = await ada.get("/queue")
    assert first.status == 200
    assert first.data == (await ada.get("/queue")).data
    assert first.data | {"room_id": ""} == {
        "room_id": "",
        "version": 0,
        "current_track_id": None,
        "current_position": 0,
        "is_playing": False,
        "shuffle": False,
        "repeat_mode": "off",
        "volume": 100,
        "items": [],
    }


async def test_the_room_behind_it_is_not_among_the_users_rooms(door: Door, ada: Caller) -> None:
    await ada.get("/queue")
    assert await list_rooms(door.pool, ada.user["id"], public=False, before=None, limit=10) == []


async def test_tracks_come_in_at_their_place_and_go(door: Door, ada: Caller) -> None:
    a, b, c = await tracks(door, ada, 3)
    await ada.post("/queue/items", {"track_id": a})
    await ada.post("/queue/items", {"track_id": b})
    added = await ada.post("/queue/items", {"track_id": c, "position": 1})
    assert (added.status, order(added)) == (201, [a, c, b])
    gone = added.data["items"][1]["id"]
    assert order(await ada.delete(f"/queue/items/{gone}")) == [a, b]
    again = await ada.delete(f"/queue/items/{gone}")
    assert (again.status, again.code) == (404, "QUEUE_ITEM_NOT_FOUND")
    assert (await ada.delete("/queue/items/nonsense")).status == 404
    assert order(await ada.delete("/queue")) == []


async def test_put_plays_pauses_and_sets(door: Door, ada: Caller) -> None:
    a, b = await tracks(door, ada, 2)
    await ada.post("/queue/items", {"track_id": a})
    body = {"current_track_id": b, "current_position": 30, "is_playing": True, "volume": 40}
    playing = (await ada.put("/queue", body)).data
    assert (playing["current_track_id"], playing["is_playing"], playing["volume"]) == (b, True, 40)
    assert 29 <= playing["current_position"] <= 30
    assert [item["is_playing"] for item in playing["items"]] == [True, False]
    paused = (await ada.put("/queue", {"is_playing": False, "current_position": 10})).data
    assert (paused["is_playing"], paused["current_position"]) == (False, 10)
    moved = (await ada.put("/queue", {"current_position": 20, "repeat_mode": "all"})).data
    assert (moved["current_position"], moved["repeat_mode"]) == (20, "all")
    emptied = (await ada.delete("/queue")).data
    assert (emptied["items"], emptied["current_track_id"]) == ([], None)


async def test_what_put_leaves_out_stays(door: Door, ada: Caller) -> None:
    a, b = await tracks(door, ada, 2)
    set_up = (await ada.put("/queue", {"current_track_id": a, "current_position": 30})).data
    assert (set_up["current_track_id"], set_up["current_position"]) == (a, 30)
    assert not set_up["is_playing"], "it was silent, and nobody has said play"
    other = (await ada.put("/queue", {"current_track_id": b})).data
    assert (other["current_track_id"], other["current_position"]) == (b, 0)
    assert (await ada.put("/queue", {"is_playing": True})).data["is_playing"]
    assert (await ada.put("/queue", {"current_track_id": a})).data["is_playing"]
    bob = await door.newcomer()
    nothing = {"current_track_id": None, "current_position": 0, "is_playing": False, "volume": 70}
    assert (await bob.put("/queue", nothing)).data["volume"] == 70
    assert (await bob.put("/queue", {"current_position": 0})).status == 200
    assert (await bob.put("/queue", {"current_position": 5})).status == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"volume": 101}, "volume"),
        ({"repeat_mode": "twice"}, "repeat_mode"),
        ({"current_position": -1}, "current_position"),
        ({"play_count": 1}, "play_count"),
    ],
)
async def test_wrong_changes_are_refused(ada: Caller, body: dict[str, Any], field: str) -> None:
    answer = await ada.put("/queue", body)
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.body["errors"][0]["field"] == field


async def test_nothing_can_be_played_from_an_empty_queue(ada: Caller) -> None:
    assert (await ada.put("/queue", {"is_playing": True})).status == 409


async def test_each_user_has_his_own(door: Door, ada: Caller) -> None:
    bob = await door.newcomer()
    (a,) = await tracks(door, ada, 1)
    await ada.post("/queue/items", {"track_id": a})
    assert (await bob.get("/queue")).data["items"] == []
    assert (await door.stranger.get("/queue")).status == 401


async def test_a_track_has_two_ids_and_both_name_it(door: Door, ada: Caller) -> None:
    (a, b), (one, two) = await numbered(door, ada, 2)
    assert order(await ada.post("/queue/items", {"track_id": one})) == [a]
    playing = await ada.put("/queue", {"current_track_id": two, "is_playing": True})
    assert playing.data["current_track_id"] == b
    for nobody in (10**9, "00000000-0000-7000-8000-000000000000"):
        missing = await ada.post("/queue/items", {"track_id": nobody})
        assert (missing.status, missing.code) == (404, "TRACK_NOT_FOUND")
    missing = await ada.put("/queue", {"current_track_id": 10**9})
    assert (missing.status, missing.code) == (404, "TRACK_NOT_FOUND")


async def test_a_change_of_a_version_that_has_passed_is_refused(door: Door, ada: Caller) -> None:
    a, b = await tracks(door, ada, 2)
    first = (await ada.post("/queue/items", {"track_id": a, "version": 0})).data
    stale = await ada.post("/queue/items", {"track_id": b, "version": 0})
    assert (stale.status, stale.code) == (409, "REV_MISMATCH")
    item = f"/queue/items/{first['items'][0]['id']}"
    assert (await ada.delete(f"{item}?version=0")).status == 409
    assert (await ada.delete(f"{item}?version={first['version']}")).data["items"] == []


async def numbered(door: Door, owner: Caller, count: int) -> tuple[list[str], list[int]]:
    """Tracks by both of their ids."""
    made = await tracks(door, owner, count)
    numbers = await door.api.refs.numbers("track", made)
    return made, [numbers[track] for track in made]

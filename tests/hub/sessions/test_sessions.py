"""Sessions at a set time, over real sockets and PostgreSQL: nobody has to be there."""

import time
from typing import Any

from storage.backends import Pool
from storage.queue.rooms import QueueRooms
from tests.client import connected
from tests.eventually import eventually
from tests.hub.together import op, party
from tests.nodes import OpenNode, People
from tests.people import new_track


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_a_session_begins_and_ends_at_its_time_on_every_node(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    track = await new_track(pool, ada_user, "Overture")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        await ada.ok("item:add", {"room_id": room_id, "op_id": op(), "track_ids": [track]})
        starts_at_ms = now_ms() + 1_600
        times = {"room_id": room_id, "op_id": op(), "starts_at_ms": starts_at_ms, "lasts_ms": 1_500}
        refused = await bob.error("session:schedule", {**times, "op_id": op()})
        assert (refused["code"], refused["status"]) == ("NOT_HOST", 403)
        answer = await ada.ok("session:schedule", times)
        assert answer["session"]["stage"] == "scheduled"
        told = await bob.wait_for("session:scheduled")
        assert told["data"] == answer["session"]
        begun = await bob.wait_for("playback:changed", lambda p: p["data"]["status"] == "playing")
        assert begun["data"]["effective_at_ms"] == starts_at_ms
        assert (await bob.wait_for("session:started"))["data"]["started_at_ms"] == starts_at_ms
        ended = await bob.wait_for("session:ended")
        assert ended["data"]["reason"] == "expired"
        assert ended["data"]["ended_at_ms"] >= starts_at_ms + 1_500
        late = await ada.error("playback:play", {"room_id": room_id, "op_id": op()})
        assert (late["code"], late["status"]) == ("SESSION_ENDED", 410)
        # The room, its chat and its log stay.
        assert (await bob.say(room_id, "that was nice"))["ok"]
        seen = await bob.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        assert seen["snapshot"]["playback"]["session"]["stage"] == "ended"


async def test_a_session_goes_on_with_nobody_in_it(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, token = await people.sign_in("ada")
    tracks = [await new_track(pool, ada_user, f"Song {n}", 1_200) for n in range(3)]
    async with connected(node.url, token) as ada:
        room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
        await ada.ok("item:add", {"room_id": room_id, "op_id": op(), "track_ids": tracks})
        await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
    rooms = QueueRooms(pool)

    async def plays_the_third() -> Any:
        state = await rooms.state(room_id)
        return state if state[1].track_id == tracks[2] else None

    state = await eventually(plays_the_third)
    assert [item.track_id for item in state[0].history] == tracks[:2]
    async with connected(node.url, token) as ada:
        seen = await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        assert seen["snapshot"]["playback"]["track_id"] == tracks[2]
        await ada.wait_for("playback:changed", lambda p: p["data"]["status"] == "ended")


async def test_whoever_has_joined_hears_of_a_session_that_begins_soon(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token), (tim_user, tim_token) = [
        await people.sign_in(name) for name in ("ada", "bob", "tim")
    ]
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(two.url, tim_token) as tim,
    ):
        room_id = await party(ada, bob)
        await tim.ok("room:join", {"room_id": room_id})
        await tim.ok("chat:notify", {"room_id": room_id, "level": "none", "op_id": op()})
        for client, user in ((ada, ada_user), (bob, bob_user), (tim, tim_user)):
            await client.ok("stream:subscribe", {"stream": f"user:{user.user_id}"})
        starts_at_ms = now_ms() + 5 * 60_000
        await ada.ok("session:schedule", {"room_id": room_id, "starts_at_ms": starts_at_ms})
        for client in (ada, bob):
            rang = (await client.wait_for("notification:created"))["data"]["notification"]
            assert (rang["type"], rang["title"]) == ("session", "Kitchen begins soon")
            assert (rang["content"], rang["room_id"]) == ("It begins in 5 minutes.", room_id)
        assert tim.payloads("notification:created") == [], "who wants to hear nothing of it"

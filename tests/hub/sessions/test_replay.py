"""A session read back from its log: what sounded, what was said to it, and when."""

import uuid
from typing import Any

from storage.backends import Pool
from storage.queue.rooms import QueueRooms
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.hub.together import op, party
from tests.nodes import OpenNode, People
from tests.people import new_track


async def pages(client: HubClient, room_id: str, limit: int) -> list[Any]:
    """Every page of a replay."""
    found, after = [], 0
    while True:
        ask = {"room_id": room_id, "after": after, "limit": limit}
        found.append(await client.ok("session:replay", ask))
        if found[-1]["next_after"] is None:
            return found
        assert found[-1]["next_after"] > after
        after = found[-1]["next_after"]


async def test_a_session_is_replayed_from_its_log(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token), (_, eve_token) = [
        await people.sign_in(name) for name in ("ada", "bob", "eve")
    ]
    songs = [await new_track(pool, ada_user, "One", 1_500), await new_track(pool, ada_user, "Two")]
    secret = await new_track(pool, ada_user, "Mine", is_public=False)
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        add = {"room_id": room_id, "op_id": op(), "track_ids": [*songs, secret]}
        await ada.ok("item:add", add)
        await ada.say(room_id, "soon")
        begun = await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        moment = {"item_id": begun["item_id"], "position_ms": 700}
        said = await bob.ok(
            "message:create",
            {
                "room_id": room_id,
                "client_id": str(uuid.uuid4()),
                "content": "what a start",
                "moment": moment,
            },
        )
        react = {"message_id": said["id"], "emoji": "🎉", "op_id": op(), "moment": moment}
        await ada.ok("reaction:add", react)
        gone = (await ada.say(room_id, "oops"))["data"]["id"]
        await ada.ok("message:delete", {"message_id": gone, "op_id": op()})
        rooms = QueueRooms(pool)

        async def plays_the_second() -> bool:
            return (await rooms.state(room_id))[1].track_id == songs[1]

        await eventually(plays_the_second)
        await bob.wait_for("queue:advanced", lambda p: p["data"]["reason"] == "ended")
        await bob.say(room_id, "and the next")
        await ada.ok("playback:next", {"room_id": room_id, "op_id": op()})
        await ada.wait_for("playback:changed", lambda p: p["data"]["track_id"] == secret)
        await ada.ok("session:end", {"room_id": room_id, "op_id": op()})

        (whole,) = await pages(bob, room_id, 200)
        plays = whole["plays"]
        assert [(p["title"], p["position_ms"]) for p in plays][:2] == [("One", 0), ("Two", 0)]
        assert plays[0]["at_ms"] == begun["effective_at_ms"]
        assert plays[0]["until_ms"] == plays[1]["at_ms"] == plays[0]["at_ms"] + 1_500
        assert all(play["until_ms"] is not None for play in plays)
        assert plays[0]["playable"] is True
        heard = {m["content"]: m["moment"] for m in whole["messages"]}
        assert list(heard) == ["soon", "what a start", "and the next"]
        assert heard["soon"] is None, "nothing had been put on"
        assert heard["what a start"] == moment
        assert heard["and the next"]["item_id"] in (plays[0]["item_id"], plays[1]["item_id"])
        (reaction,) = whole["reactions"]
        assert (reaction["emoji"], reaction["moment"]) == ("🎉", moment)
        for limit in (1, 2, 3):
            parts = await pages(bob, room_id, limit)
            for name in ("plays", "messages", "reactions"):
                assert [each for part in parts for each in part[name]] == whole[name]
        assert bob_user.user_id == whole["messages"][1]["sender_id"]
        async with connected(one.url, eve_token) as eve:
            private = await ada.ok("room:create", {"name": "Mine", "type": "private"})
            ask = {"room_id": private["id"]}
            assert (await eve.error("session:replay", ask))["code"] == "NOT_FOUND"
            # A private track is heard by others only while its owner plays it to their room.
            (seen,) = await pages(eve, room_id, 200)
            assert {p["title"]: p["playable"] for p in seen["plays"]}.get("Mine", False) is False

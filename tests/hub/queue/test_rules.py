"""What keeps a shared queue fair, over real sockets: limits, turns, votes, shuffle and lock."""

import time
from typing import Any

from storage.backends import Pool
from tests.client import HubClient, connected
from tests.hub.queue.items import add, titles
from tests.hub.together import op, party
from tests.nodes import OpenNode, People
from tests.people import new_track


async def queue_of(client: HubClient, room_id: str) -> Any:
    return await client.ok("queue:get", {"room_id": room_id})


async def refused(client: HubClient, room_id: str, *tracks: str) -> dict[str, Any]:
    payload = {"room_id": room_id, "op_id": op(), "track_ids": list(tracks)}
    return await client.error("item:add", payload)


async def test_nobody_fills_the_queue(open_one: OpenNode, people: People, pool: Pool) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token) = [await people.sign_in(n) for n in ("ada", "bob")]
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(8)]
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)

        async def limit(**limits: int) -> None:
            await ada.ok("queue:update", {"room_id": room_id, "limits": limits})

        await limit(pending_per_user=2)
        await add(bob, room_id, *tracks[:2])
        assert (await refused(bob, room_id, tracks[2]))["code"] == "QUOTA_EXCEEDED"
        await add(ada, room_id, *tracks[2:5])  # who steers is not bound
        await limit(consecutive=2)
        await ada.ok("queue:clear", {"room_id": room_id})
        await add(bob, room_id, *tracks[:2])
        assert (await refused(bob, room_id, tracks[2]))["code"] == "QUOTA_EXCEEDED"
        await add(ada, room_id, tracks[3])
        await add(bob, room_id, tracks[2])  # somebody else stands between
        await limit(no_repeat_s=3_600)
        again = await refused(bob, room_id, tracks[6], tracks[0])
        assert [f["field"] for f in again["fields"]] == ["track_ids[1]"]
        assert again["fields"][0]["code"] == "PLAYED_RECENTLY"
        await ada.ok("queue:clear", {"room_id": room_id})
        short = await new_track(pool, ada_user, "Short", 500)
        await add(bob, room_id, short)
        await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        await bob.wait_for("queue:advanced", lambda p: p["data"]["from_state"] == "played")
        assert (await refused(bob, room_id, short))["fields"][0]["code"] == "PLAYED_RECENTLY"
        await limit(max_items=1)
        await ada.ok("queue:clear", {"room_id": room_id})
        assert (await refused(ada, room_id, *tracks[6:8]))["code"] == "QUOTA_EXCEEDED"


async def test_everybody_sees_one_order(open_one: OpenNode, people: People, pool: Pool) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (_, bob_token) = [await people.sign_in(n) for n in ("ada", "bob")]
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(9)]
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
        mine = await add(ada, room_id, *tracks[:6])
        theirs = await add(bob, room_id, *tracks[6:])
        before = titles(await queue_of(ada, room_id))

        async def order(**settings: Any) -> list[str]:
            changed = await ada.ok("queue:update", {"room_id": room_id, **settings})
            rev = changed["queue_rev"]
            await bob.wait_for("queue:updated", lambda p: p["data"]["queue_rev"] == rev)
            seen = [await queue_of(client, room_id) for client in (ada, bob)]
            assert seen[0] == seen[1]
            return [item["id"] for item in seen[0]["items"]]

        shuffled = await order(shuffle=True)
        assert sorted(shuffled) == sorted(mine + theirs)
        assert shuffled != mine + theirs
        assert await order(shuffle=False) == mine + theirs, "and back again"
        assert titles(await queue_of(bob, room_id)) == before
        fair = await order(order="fair")
        assert fair[:6] == [mine[0], theirs[0], mine[1], theirs[1], mine[2], theirs[2]]
        await order(order="votes")
        vote = {"room_id": room_id, "op_id": op(), "item_id": theirs[2], "value": 1}
        await bob.ok("item:vote", vote)
        assert (await queue_of(ada, room_id))["items"][0]["id"] == theirs[2]
        locked = (await ada.ok("queue:lock", {"room_id": room_id}))["locked"]
        assert locked
        assert (await refused(bob, room_id, tracks[0]))["code"] == "FORBIDDEN"
        await add(ada, room_id, tracks[0])
        await ada.ok("queue:unlock", {"room_id": room_id})
        await add(bob, room_id, tracks[1])


async def test_those_who_listen_vote_to_skip(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    signed_in = [await people.sign_in(name) for name in ("ada", "bob", "eva", "tim")]
    (ada_user, ada_token), (_, bob_token), (_, eva_token), (_, tim_token) = signed_in
    tracks = [await new_track(pool, ada_user, f"Song {n}") for n in range(2)]
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(two.url, eva_token) as eva,
        connected(one.url, tim_token) as tim,
    ):
        policy = {"skip_votes": {"ratio": 1.0, "min": 1}}
        room = await ada.ok("room:create", {"name": "Kitchen", "policy": policy})
        room_id = str(room["id"])
        for client in (ada, bob, eva, tim):
            await client.ok("room:join", {"room_id": room_id})
            await client.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        await add(ada, room_id, *tracks)
        begun = await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        ask = {"room_id": room_id, "item_id": begun["item_id"]}
        for client in (bob, eva):  # ada and tim only read along
            place = {"position_ms": 0, "at_ms": time.time_ns() / 1e6}
            await client.ok("playback:report", {**ask, **place})

        async def vote(client: HubClient) -> Any:
            return await client.ok("skip:vote", {**ask, "op_id": op()})

        asked = await vote(tim)
        while asked["votes"]:  # until it has gone round that two of them listen, and not he
            assert not asked["skipped"]
            asked = await vote(tim)
        assert (asked["votes"], asked["needed"]) == (0, 2)
        assert (await vote(bob))["votes"] == 1
        assert (await vote(eva))["skipped"] is True
        advanced = await ada.wait_for("queue:advanced", lambda p: p["data"]["reason"] == "vote")
        assert advanced["data"]["from_item_id"] == begun["item_id"]

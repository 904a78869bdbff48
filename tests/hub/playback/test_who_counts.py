"""Who counts for a start, a vote and the seat of the host: the room's members who are there."""

from typing import Any

from storage.backends import Pool
from tests.client import HubClient, connected
from tests.hub.together import follow, op, party, queued, until_seen
from tests.nodes import OpenNode, People
from tests.people import new_track


async def test_a_start_waits_for_members_alone_and_for_those_who_have_just_come(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token), (eva_user, eva_token) = [
        await people.sign_in(name) for name in ("ada", "bob", "eva")
    ]
    track = await new_track(pool, ada_user, "Song")
    async with (
        connected(one.url, ada_token) as ada,
        connected(one.url, bob_token) as bob,
        connected(two.url, eva_token) as eva,
    ):
        policy = {"wait": "all", "wait_deadline_ms": 60_000}
        room_id = await party(ada, policy=policy)
        await follow(eva, room_id)  # she looks on, and joins nothing
        await until_seen(ada, room_id, eva_user.user_id)
        (item,) = await queued(ada, room_id, track)
        await bob.ok("room:join", {"room_id": room_id})
        await follow(bob, room_id)
        started = await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        assert started["status"] == "waiting"
        assert sorted(started["waiting_for"]) == sorted([ada_user.user_id, bob_user.user_id])
        ready = {"room_id": room_id, "item_id": item, "rev": started["rev"]}
        await ada.ok("playback:ready", ready)
        assert (await bob.ok("playback:ready", ready))["status"] == "playing"


async def test_the_vote_of_who_left_is_counted_no_more(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token), (eva_user, eva_token) = [
        await people.sign_in(name) for name in ("ada", "bob", "eva")
    ]
    track = await new_track(pool, ada_user, "Song")
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(two.url, eva_token) as eva,
    ):
        room_id = await party(ada, bob, eva)
        await until_seen(eva, room_id, ada_user.user_id, bob_user.user_id, eva_user.user_id)
        (item, _) = await queued(ada, room_id, track, track)
        await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        vote = {"room_id": room_id, "item_id": item}
        assert (await bob.ok("skip:vote", vote))["votes"] == 1
        await bob.ok("room:leave", {"room_id": room_id})  # and goes on looking
        asked = await eva.ok("skip:vote", vote)
        assert (asked["votes"], asked["needed"], asked["skipped"]) == (1, 2, False)


async def test_a_host_who_leaves_the_room_drives_it_no_more(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token), (eva_user, eva_token) = [
        await people.sign_in(name) for name in ("ada", "bob", "eva")
    ]
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(one.url, eva_token) as eva,
    ):
        room_id = await _driven_by(bob_user.user_id, ada, bob, eva, policy={})
        await until_seen(eva, room_id, bob_user.user_id, eva_user.user_id)
        refused = await eva.error("host:claim", {"room_id": room_id})
        assert refused["code"] == "CONFLICT"
        await bob.ok("room:leave", {"room_id": room_id})  # and goes on looking
        claimed = await eva.ok("host:claim", {"room_id": room_id})
        assert claimed["host_id"] == eva_user.user_id

        policy = {"on_host_lost": "promote_oldest", "host_grace_ms": 0}
        room_id = await _driven_by(bob_user.user_id, ada, bob, eva, policy=policy)
        await until_seen(ada, room_id, bob_user.user_id, eva_user.user_id)
        await bob.ok("room:leave", {"room_id": room_id})
        heard = await eva.wait_for(
            "host:changed",
            lambda p: p["stream"] == f"room:{room_id}" and p["data"]["to"] != bob_user.user_id,
        )
        assert heard["data"] == {"from": bob_user.user_id, "to": ada_user.user_id, "reason": "lost"}


async def _driven_by(host_id: str, owner: HubClient, *others: HubClient, policy: Any) -> str:
    room_id = await party(owner, *others, policy=policy)
    await owner.ok("host:transfer", {"room_id": room_id, "user_id": host_id})
    return room_id

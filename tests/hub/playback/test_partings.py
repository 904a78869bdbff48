"""Who goes is not waited for, and his going may be what a vote still needed: over two nodes."""

from storage.backends import Pool
from tests.client import connected
from tests.hub.together import op, party, queued, until_seen
from tests.nodes import OpenNode, People
from tests.people import new_track


async def test_a_start_does_not_wait_for_a_page_that_was_closed(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = [
        await people.sign_in(name) for name in ("ada", "bob")
    ]
    track = await new_track(pool, ada_user, "Song")
    async with connected(one.url, ada_token) as ada:
        async with connected(two.url, bob_token) as bob:
            policy = {"wait": "all", "wait_deadline_ms": 60_000}
            room_id = await party(ada, bob, policy=policy)
            await until_seen(ada, room_id, ada_user.user_id, bob_user.user_id)
            (item,) = await queued(ada, room_id, track)
            started = await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
            ready = {"room_id": room_id, "item_id": item, "rev": started["rev"]}
            waiting = await ada.ok("playback:ready", ready)
            assert waiting["waiting_for"] == [bob_user.user_id]
        heard = await ada.wait_for("playback:changed", lambda p: p["data"]["status"] == "playing")
        assert heard["data"]["waiting_for"] == []


async def test_a_vote_is_counted_again_when_somebody_leaves(
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
        policy = {"skip_votes": {"ratio": 0.5, "min": 1}}
        room_id = await party(ada, bob, eva, policy=policy)
        for client in (ada, bob):
            await until_seen(client, room_id, ada_user.user_id, bob_user.user_id, eva_user.user_id)
        (item, _) = await queued(ada, room_id, track, track)
        await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
        asked = await bob.ok("skip:vote", {"room_id": room_id, "item_id": item})
        assert (asked["votes"], asked["needed"], asked["skipped"]) == (1, 2, False)
        await eva.ok("room:leave", {"room_id": room_id})
        told = await ada.wait_for("queue:advanced", lambda p: p["data"]["from_item_id"] == item)
        assert told["data"]["reason"] == "vote"

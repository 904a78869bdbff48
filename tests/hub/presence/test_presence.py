"""Who is there and who is typing, over real sockets and two nodes."""

import time

from rooms.presence import Chosen, Device
from storage.backends import Pool
from storage.presence import shown
from storage.presence.places import Change, Places
from storage.redis import open_client
from tests.client import connected
from tests.eventually import eventually
from tests.hub.presence.fold import online
from tests.hub.together import follow, room_of
from tests.nodes import OpenNode, People


async def test_people_on_two_nodes_see_each_other_come_and_go(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada:
        async with connected(two.url, bob_token) as bob:
            room_id = await room_of(ada, bob)
            await follow(ada, room_id)
            await follow(bob, room_id)
            await ada.wait_until(lambda: online(ada, bob_user.user_id))
            await bob.ok("stream:unsubscribe", {"stream": f"room:{room_id}"})
            await ada.wait_until(lambda: not online(ada, bob_user.user_id))
            await follow(bob, room_id)
            await ada.wait_until(lambda: online(ada, bob_user.user_id))
        # A lost socket counts as there for a while, then everybody is told.
        await ada.wait_until(lambda: not online(ada, bob_user.user_id))


async def test_a_reload_is_no_leave(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada:
        async with connected(node.url, bob_token) as bob:
            room_id = await room_of(ada, bob)
            await follow(ada, room_id)
            await follow(bob, room_id)
            await ada.wait_until(lambda: online(ada, bob_user.user_id))
        async with connected(node.url, bob_token) as again:
            await follow(again, room_id)
            await again.ok("presence:update", {"status": "busy", "status_message": "mixing"})
            busy = await ada.wait_for(
                "presence:diff",
                lambda p: p["data"]["upserts"].get(bob_user.user_id, {}).get("status") == "busy",
            )
            assert busy["data"]["upserts"][bob_user.user_id]["status_message"] == "mixing"
            left = [p for p in ada.payloads("presence:diff") if p["data"]["leaves"]]
            assert left == []


async def test_the_invisible_are_nowhere(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = await room_of(ada, bob)
        await bob.ok("presence:update", {"invisible": True})
        await follow(bob, room_id)
        snapshot = (await follow(ada, room_id))["snapshot"]
        assert bob_user.user_id not in snapshot["presence"]["users"]
        seen = await ada.ok("presence:get", {"user_id": bob_user.user_id})
        assert (seen["status"], seen["devices"]) == ("offline", [])
        await bob.ok("typing:start", {"room_id": room_id})
        await bob.ok("presence:update", {"invisible": False})
        await ada.wait_until(lambda: online(ada, bob_user.user_id))
        assert ada.payloads("typing:updated") == []


async def test_what_one_does_shows_nothing_else_of_him(
    open_one: OpenNode, people: People, redis_url: str
) -> None:
    """Another tab that knows nothing of it must not show who hides."""
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(one.url, bob_token) as other_tab,
    ):
        assert (await bob.ok("presence:mine", {}))["status"] == "online"
        room_id = await room_of(ada, bob)
        await follow(ada, room_id)
        await bob.ok("presence:update", {"status": "busy", "status_message": "mixing"})
        activity = {"type": "room", "room_id": room_id, "track_title": "Frontiers"}
        await other_tab.ok("presence:activity", {"activity": activity})
        mine = await bob.ok("presence:mine", {})
        assert (mine["status"], mine["status_message"]) == ("busy", "mixing")
        assert mine["activity"] == activity
        seen = await ada.ok("presence:get", {"user_id": bob_user.user_id})
        assert (seen["status"], seen["activity"]) == ("busy", activity)

        await bob.ok("presence:update", {"invisible": True})
        await other_tab.ok("presence:activity", {"activity": activity})
        assert (await bob.ok("presence:mine", {}))["invisible"]
        seen = await ada.ok("presence:get", {"user_id": bob_user.user_id})
        assert (seen["status"], seen["activity"]) == ("offline", None)
        wrong = await bob.error("presence:activity", {"activity": {"type": "room", "room_id": "x"}})
        assert wrong["code"] == "VALIDATION_ERROR"


async def test_when_one_was_last_here_is_told_as_far_as_he_likes(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, _) = await people.sign_in("ada"), await people.sign_in("bob")
    (_, eve_token), about = await people.sign_in("eve"), {"user_id": bob_user.user_id}
    await shown.seen(pool, [bob_user.user_id])
    async with connected(node.url, ada_token) as ada, connected(node.url, eve_token) as eve:
        assert (await ada.ok("presence:get", about))["last_seen_at"]
        await ada.ok("user:block", about)
        assert (await ada.ok("presence:get", about))["last_seen_at"] is None
        assert (await eve.ok("presence:get", about))["last_seen_at"]
        await shown.show_last_seen(pool, bob_user.user_id, False)
        assert (await eve.ok("presence:get", about))["last_seen_at"] is None
        assert await eve.ok("presence:privacy", {}) == {"show_last_seen": True}
        hidden = await eve.ok("presence:privacy", {"show_last_seen": False})
        assert hidden == await eve.ok("presence:privacy", {}) == {"show_last_seen": False}


async def test_typing_is_told_and_forgotten(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await room_of(ada, bob)
        await follow(ada, room_id)
        await bob.ok("typing:start", {"room_id": room_id})
        await ada.wait_for("typing:updated", lambda p: p["data"]["user_ids"] == [bob_user.user_id])
        await ada.wait_for("typing:updated", lambda p: p["data"]["user_ids"] == [])


async def test_reading_moves_one_watermark_forward(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = await room_of(ada, bob)
        await follow(ada, room_id)
        seqs = [(await ada.say(room_id, f"m{n}"))["seq"] for n in range(3)]
        mark = await bob.ok("read:mark", {"room_id": room_id, "seq": seqs[1]})
        assert (mark["last_read_seq"], mark["unread"]) == (seqs[1], 1)
        back = await bob.ok("read:mark", {"room_id": room_id, "seq": seqs[0]})
        assert back["last_read_seq"] == seqs[1]
        told = await ada.wait_for("read:updated")
        assert told["data"] == {"user_id": bob_user.user_id, "seq": seqs[1]}
        mine = (await bob.ok("room:get", {"room_id": room_id}))["my"]
        assert mine["unread"] == 1


async def test_people_of_a_node_that_died_are_gone_with_its_lease(
    open_one: OpenNode, people: People, redis_url: str
) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, _) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, open_client(redis_url) as redis:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        dying = Places(redis, "a node that dies")
        ghost = Device(bob_user.user_id, "c", None, "web", False, False, Chosen(), 1, 0, dying.node)
        await dying.beat(time.time_ns() // 1_000_000, 4_000)
        await dying.write({room["id"]: Change([ghost])})
        await follow(ada, room["id"])
        await ada.wait_until(lambda: online(ada, bob_user.user_id))
        await ada.wait_until(lambda: not online(ada, bob_user.user_id))


async def test_redis_that_lost_everything_is_told_again(
    open_one: OpenNode, people: People, redis_url: str
) -> None:
    one, two = await open_one(), await open_one()
    (ada_user, ada_token), (bob_user, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        open_client(redis_url) as redis,
    ):
        room_id = await room_of(ada, bob)
        await follow(ada, room_id)
        await follow(bob, room_id)
        await ada.wait_until(lambda: online(ada, bob_user.user_id))
        await redis.flushall()
        places = Places(redis, "a reader")

        async def both_are_told() -> bool:
            return len((await places.read([room_id])).get(room_id, [])) >= 2

        await eventually(both_are_told)
        for reader, user in ((ada, bob_user), (bob, ada_user)):
            seen = await reader.ok("presence:get", {"user_id": user.user_id})
            assert seen["status"] == "online"
            left = [p for p in reader.payloads("presence:diff") if p["data"]["leaves"]]
            assert left == []

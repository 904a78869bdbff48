"""What rings for whom, and when it does not."""

from datetime import UTC, datetime, timedelta

from rooms.presence import Chosen
from storage.backends import Pool
from storage.notifications.notifications import Notifications, QuietHours
from storage.presence.shown import choose
from tests.client import connected
from tests.eventually import eventually
from tests.hub.together import op, room_of
from tests.nodes import OpenNode, People
from tests.people import new_user


async def test_a_mention_rings_once_on_every_device_and_is_counted_the_same(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (ada_id, ada_token), (bob_id, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(one.url, bob_token) as phone,
    ):
        room_id = await room_of(ada, bob)
        await bob.ok("stream:subscribe", {"stream": f"user:{bob_id.user_id}"})
        await phone.ok("stream:subscribe", {"stream": f"user:{bob_id.user_id}"})
        await ada.say(room_id, "nobody in particular")
        said = (await ada.say(room_id, f"@{bob_id.username} look"))["data"]
        for device in (bob, phone):
            rung = (await device.wait_for("notification:created"))["data"]
            assert rung["unread"] == 1
            assert rung["notification"]["type"] == "mention"
            assert rung["notification"]["title"] == "ada mentioned you in Kitchen"
            assert rung["notification"]["actor_name"] == "ada"
            assert rung["notification"]["room_name"] == "Kitchen"
            assert rung["notification"]["message_id"] == said["id"]
            assert rung["notification"]["actor_id"] == ada_id.user_id
        answer = {
            "room_id": room_id,
            "client_id": op(),
            "content": "yes",
            "reply_to_id": said["id"],
        }
        mine = await bob.ok("message:create", answer)
        reply = {"room_id": room_id, "client_id": op(), "content": "!", "reply_to_id": mine["id"]}
        await ada.ok("message:create", reply)
        await bob.wait_for("notification:created", lambda e: e["data"]["unread"] == 2)
        page = await phone.ok("notification:list")
        assert [n["type"] for n in page["notifications"]] == ["reply", "mention"]
        assert {(n["actor_name"], n["room_name"]) for n in page["notifications"]} == {
            ("ada", "Kitchen")
        }
        assert page["unread"] == 2
        first = page["notifications"][0]["id"]
        assert await bob.ok("notification:read", {"notification_id": first}) == {"unread": 1}
        heard = await phone.wait_for("notifications:updated")
        assert heard["data"] == {"unread": 1}
        await bob.ok("notification:read_all")
        assert (await phone.ok("notification:list", {"unread_only": True}))["notifications"] == []
        assert len(bob.payloads("notification:created")) == 2


async def test_levels_reading_and_blocks_decide_whom_a_message_rings_for(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (ada_id, ada_token), (bob_id, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = await room_of(ada, bob)
        await bob.ok("stream:subscribe", {"stream": f"user:{bob_id.user_id}"})

        async def settled() -> list[str]:
            await eventually(lambda: pool.fetchval("SELECT count(*) = 0 FROM notices"))
            page = await bob.ok("notification:list")
            await bob.ok("notification:read_all")
            return [n["content"] for n in page["notifications"] if not n["read"]]

        await bob.ok("chat:notify", {"room_id": room_id, "level": "all"})
        assert (await bob.ok("room:get", {"room_id": room_id}))["my"]["notify"] == "all"
        await ada.say(room_id, "everything")
        assert await settled() == ["everything"]
        await bob.ok("chat:notify", {"room_id": room_id, "level": "none"})
        await ada.say(room_id, f"not even @{bob_id.username}")
        assert await settled() == []
        await bob.ok("chat:notify", {"room_id": room_id, "level": "mentions"})
        await ada.say(room_id, "nothing")
        seen = await ada.say(room_id, f"seen by @{bob_id.username}")
        await bob.ok("read:mark", {"room_id": room_id, "seq": seen["seq"]})
        assert await settled() == []
        await ada.say(room_id, "all of you, @room")
        assert await settled() == ["all of you, @room"]
        dm_id = (await ada.ok("dm:open", {"user_id": bob_id.user_id}))["room_id"]
        await ada.say(dm_id, "psst")
        assert await settled() == ["psst"]
        await bob.ok("user:block", {"user_id": ada_id.user_id})
        await ada.say(room_id, f"hidden @{bob_id.username}")
        assert await settled() == []


async def test_an_invitation_by_name_rings(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        await bob.ok("stream:subscribe", {"stream": f"user:{bob_id.user_id}"})
        room = await ada.ok("room:create", {"name": "Cellar", "type": "private"})
        invite = {"room_id": room["id"], "invitee_id": bob_id.user_id}
        token = (await ada.ok("invite:create", invite))["token"]
        rung = (await bob.wait_for("notification:created"))["data"]["notification"]
        assert (rung["type"], rung["link"]) == ("invite", f"/join/{token}")
        assert (await bob.ok("invite:accept", {"token": token}))["id"] == room["id"]


async def test_quiet_hours_are_those_of_the_persons_own_clock(pool: Pool) -> None:
    notifications = Notifications(pool)
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    night = QuietHours(from_minute=22 * 60, until_minute=7 * 60, time_zone="Asia/Tokyo")
    assert await notifications.set_quiet_hours(ada.user_id, night)
    assert await notifications.set_quiet_hours(
        bob.user_id, QuietHours(from_minute=60, until_minute=120)
    )
    assert not await notifications.set_quiet_hours(
        bob.user_id, QuietHours(from_minute=0, until_minute=1, time_zone="Mars/Olympus")
    )
    both = [ada.user_id, bob.user_id]
    for hour, resting in (
        (1, {bob.user_id}),
        (13, {ada.user_id}),
        (22, set()),
        (21, {ada.user_id}),
    ):
        at = datetime(2026, 11, 21, hour, 30, tzinfo=UTC)
        assert await notifications.resting(both, at) == resting, hour

    # Who is busy is not disturbed, until he is no longer.
    day = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    ends_ms = int(day.timestamp() * 1000) + 60_000
    await choose(pool, ada.user_id, Chosen(status="busy", status_expires_at_ms=ends_ms))
    assert await notifications.resting(both, day) == {ada.user_id}
    assert await notifications.resting(both, day + timedelta(minutes=2)) == set()

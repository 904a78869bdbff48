"""Keeping order in a room, as its people see it from two nodes."""

import asyncio
import uuid

from rooms.times import iso
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.nodes import OpenNode, People


def op() -> str:
    return str(uuid.uuid4())


async def _room(owner: HubClient, *others: HubClient) -> str:
    room = await owner.ok("room:create", {"name": "Kitchen"})
    for client in (owner, *others):
        await client.ok("room:join", {"room_id": room["id"]})
        await client.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
    return str(room["id"])


async def test_mute_kick_and_ban_reach_the_other_node_and_are_noted(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    (eve_id, eve_token) = await people.sign_in("eve")
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as bob,
        connected(two.url, eve_token) as eve,
    ):
        room_id = await _room(ada, bob, eve)
        him = {"room_id": room_id, "user_id": bob_id.user_id}
        her = {"room_id": room_id, "user_id": eve_id.user_id}
        assert (await bob.error("member:mute", her))["code"] == "FORBIDDEN"
        await ada.ok("member:update", him | {"role": "moderator"})
        assert (await bob.error("member:update", her | {"role": "admin"}))["code"] == "FORBIDDEN"
        muted = await bob.ok("member:mute", her | {"duration_s": 60, "reason": "too loud"})
        assert muted["muted_until"]
        listed = (await bob.ok("member:list", {"room_id": room_id}))["members"]
        until = {each["user_id"]: each["muted_until"] for each in listed}
        assert until.pop(eve_id.user_id) == muted["muted_until"]
        assert set(until.values()) == {None}
        error = (await eve.say(room_id, "hello?"))["error"]
        assert error["code"] == "MUTED"
        assert 50_000 < error["retry_after_ms"] <= 60_000
        await bob.ok("member:unmute", her)
        assert (await eve.say(room_id, "hello!"))["ok"]
        assert (await eve.error("member:remove", him))["code"] == "FORBIDDEN"
        await bob.ok("member:remove", her | {"reason": "again"})
        left = await ada.wait_for("member:left")
        assert (left["data"]["user_id"], left["data"]["reason"]) == (eve_id.user_id, "removed")
        assert (await eve.say(room_id, "?"))["error"]["code"] == "FORBIDDEN"
        await eve.ok("room:join", {"room_id": room_id})
        await ada.ok("member:ban", her | {"reason": "enough"})
        assert (await eve.error("room:join", {"room_id": room_id}))["code"] == "BANNED"
        assert (await eve.error("message:history", {"room_id": room_id}))["code"] == "BANNED"
        assert (await eve.error("ban:list", {"room_id": room_id}))["code"] == "BANNED"
        (ban,) = (await bob.ok("ban:list", {"room_id": room_id}))["bans"]
        assert (ban["user_id"], ban["reason"], ban["until"]) == (eve_id.user_id, "enough", None)
        await ada.ok("member:unban", her)
        assert (await bob.ok("ban:list", {"room_id": room_id}))["bans"] == []
        await eve.ok("room:join", {"room_id": room_id})
        log = (await bob.ok("moderation:list", {"room_id": room_id}))["measures"]
        assert [line["action"] for line in log] == [
            "unban",
            "ban",
            "kick",
            "unmute",
            "mute",
            "role",
        ]
        assert (log[1]["reason"], log[1]["username"]) == ("enough", eve_id.username)
        assert (await eve.error("moderation:list", {"room_id": room_id}))["code"] == "FORBIDDEN"
        await ada.ok("member:update", him | {"role": "owner"})
        assert (await ada.ok("room:get", {"room_id": room_id}))["my"]["role"] == "admin"


async def test_a_mute_on_one_node_holds_on_the_other_at_once(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (eve_id, eve_token) = await people.sign_in("ada"), await people.sign_in("eve")
    async with connected(one.url, ada_token) as ada, connected(two.url, eve_token) as eve:
        room_id = await _room(ada, eve)
        her = {"room_id": room_id, "user_id": eve_id.user_id}
        for n in range(5):
            assert (await eve.say(room_id, f"{n}"))["ok"]
            await ada.ok("member:mute", her | {"duration_s": 600})
            assert (await eve.say(room_id, "may I?"))["error"]["code"] == "MUTED"
            await ada.ok("member:unmute", her)


async def test_who_is_put_out_hears_nothing_more(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (eve_id, eve_token) = await people.sign_in("ada"), await people.sign_in("eve")
    async with connected(one.url, ada_token) as ada, connected(two.url, eve_token) as eve:
        room_id = await _room(ada, eve)
        await ada.ok("member:ban", {"room_id": room_id, "user_id": eve_id.user_id})
        await eve.wait_for("member:left")
        said = await ada.say(room_id, "just between us")
        await ada.wait_for_seq(said["seq"])
        await eve.ok("clock:ping", {"t0": 1.0})
        assert eve.payloads("message:created") == []


async def test_a_ban_ends_by_itself(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (eve_id, eve_token) = await people.sign_in("ada"), await people.sign_in("eve")
    async with connected(node.url, ada_token) as ada, connected(node.url, eve_token) as eve:
        room_id = await _room(ada, eve)
        ban = {"room_id": room_id, "user_id": eve_id.user_id, "duration_s": 1}
        await ada.ok("member:ban", ban)
        assert (await eve.error("room:join", {"room_id": room_id}))["code"] == "BANNED"
        await ada.wait_for("moderation:applied", lambda e: e["data"]["action"] == "unban")
        await eve.ok("room:join", {"room_id": room_id})


async def test_slow_mode_and_rules_stop_members_and_not_moderators(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = await _room(ada, bob)
        await ada.ok("chat:update", {"room_id": room_id, "slow_mode_s": 30})
        assert (await bob.say(room_id, "one"))["ok"]
        error = (await bob.say(room_id, "two"))["error"]
        assert (error["code"], error["status"]) == ("SLOW_MODE", 429)
        assert 25_000 < error["retry_after_ms"] <= 30_000
        for n in range(3):
            assert (await ada.say(room_id, f"{n}"))["ok"]
        rules = [
            {"id": op(), "kind": "keyword", "action": "block", "words": ["spam*"]},
            {"id": op(), "kind": "link", "action": "alert", "words": ["example.org"]},
            {"id": op(), "kind": "repeat", "action": "time_out", "most": 2, "time_out_s": 60},
        ]
        await ada.ok("chat:update", {"room_id": room_id, "slow_mode_s": 0, "rules": rules})
        assert (await bob.ok("chat:get", {"room_id": room_id}))["rules"] == []
        assert (await bob.say(room_id, "buy SPAMMY things"))["error"]["code"] == "BLOCKED"
        assert (await bob.say(room_id, "see http://bad.example.com/x"))["ok"]
        assert (await bob.say(room_id, "see http://example.org/x"))["ok"]
        assert (await bob.say(room_id, "la"))["ok"]
        assert (await bob.say(room_id, "LA "))["ok"]
        assert (await bob.say(room_id, "la"))["error"]["code"] == "MUTED"
        assert (await bob.say(room_id, "something else"))["error"]["code"] == "MUTED"
        log = (await ada.ok("moderation:list", {"room_id": room_id}))["measures"]
        actions = [line["action"] for line in log]
        assert actions[:3] == ["time_out", "alert", "block"]
        assert log[2]["details"]["content"] == "buy SPAMMY things"
        assert [e["data"]["action"] for e in bob.payloads("moderation:applied")] == ["time_out"]


async def test_a_link_lets_in_as_many_as_it_says_and_can_be_revoked(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    _, ada_token = await people.sign_in("ada")
    guests = [await people.sign_in(f"guest{n}") for n in range(8)]
    async with connected(one.url, ada_token) as ada:
        room = await ada.ok("room:create", {"name": "Cellar", "type": "private"})
        invite = await ada.ok("invite:create", {"room_id": room["id"], "max_uses": 3})

        async def enter(number: int) -> bool:
            url = (one if number % 2 else two).url
            async with connected(url, guests[number][1]) as client:
                ack = await client.call("invite:accept", {"token": invite["token"]})
                assert ack["ok"] or ack["error"]["code"] == "GONE"
                return bool(ack["ok"])

        assert sum(await asyncio.gather(*(enter(n) for n in range(8)))) == 3
        assert (await ada.ok("invite:list", {"room_id": room["id"]}))["invites"] == []
        fresh = await ada.ok("invite:create", {"room_id": room["id"]})
        listed = (await ada.ok("invite:list", {"room_id": room["id"]}))["invites"]
        assert [each["token"] for each in listed] == [fresh["token"]]
        await ada.ok("invite:revoke", {"room_id": room["id"], "token": fresh["token"]})
        late = await people.sign_in("late")
        async with connected(two.url, late[1]) as client:
            error = await client.error("invite:accept", {"token": fresh["token"]})
        assert error["code"] == "GONE"


async def test_guests_go_with_the_link_they_came_by(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Cellar", "type": "private"})
        room_id = room["id"]
        await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        links = [(await ada.ok("invite:create", {"room_id": room_id}))["token"] for _ in "ab"]
        await bob.ok("invite:accept", {"token": links[0]})
        (eve_id, eve_token), (kim_id, kim_token) = [
            await people.guest(name, room_id, link)
            for name, link in zip(("Eve", "Kim"), links, strict=True)
        ]
        async with connected(two.url, eve_token) as eve, connected(two.url, kim_token) as kim:
            for guest, link in ((eve, links[0]), (kim, links[1])):
                await guest.ok("invite:accept", {"token": link})
                await guest.ok("stream:subscribe", {"stream": f"room:{room_id}"})
                assert (await guest.say(room_id, "good evening"))["ok"]
            take_back = {"room_id": room_id, "token": links[0]}
            await ada.ok("invite:revoke", take_back)

            left = (await eve.wait_for("member:left"))["data"]
            assert (left["user_id"], left["reason"]) == (eve_id.user_id, "invite_revoked")
            assert (await ada.wait_for("member:left"))["data"] == left
            assert not (await eve.say(room_id, "and me?"))["ok"]
            assert (await eve.error("invite:accept", {"token": links[0]}))["code"] == "GONE"
            assert (await kim.say(room_id, "another link"))["ok"]
            assert (await bob.say(room_id, "a member stays"))["ok"]
            listed = (await ada.ok("member:list", {"room_id": room_id}))["members"]
            assert {bob_id.user_id, kim_id.user_id} < {each["user_id"] for each in listed}
            assert eve_id.user_id not in {each["user_id"] for each in listed}
            await ada.ok("invite:revoke", take_back)
            assert (await kim.say(room_id, "twice is once"))["ok"]


async def test_a_block_hides_both_ways_and_closes_the_direct_message(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (ada_id, ada_token), (bob_id, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await _room(ada, bob)
        await bob.ok("stream:subscribe", {"stream": f"user:{bob_id.user_id}"})
        dm_id = (await ada.ok("dm:open", {"user_id": bob_id.user_id}))["room_id"]
        assert (await bob.ok("dm:open", {"user_id": ada_id.user_id}))["room_id"] == dm_id
        assert (await ada.say(dm_id, "psst"))["ok"]
        await ada.say(room_id, "from ada")
        await bob.say(room_id, "from bob")
        mine = await ada.ok("user:block", {"user_id": bob_id.user_id})
        assert [each["user_id"] for each in mine["blocked"]] == [bob_id.user_id]
        heard = await bob.wait_for("blocks:updated")
        assert heard["data"]["hidden_ids"] == [ada_id.user_id]
        for client, word in ((ada, "from ada"), (bob, "from bob")):
            page = await client.ok("message:history", {"room_id": room_id})
            assert [m["content"] for m in page["messages"]] == [word]
            found = await client.ok("message:search", {"q": "from"})
            assert [m["content"] for m in found["messages"]] == [word]
            assert (await client.say(dm_id, "still there?"))["error"]["code"] == "BLOCKED"
        assert (await bob.ok("room:get", {"room_id": room_id}))["my"]["unread"] == 0
        invite = {"room_id": room_id, "invitee_id": ada_id.user_id}
        assert (await bob.error("invite:create", invite))["code"] == "BLOCKED"
        await ada.ok("user:unblock", {"user_id": bob_id.user_id})
        assert (await bob.say(dm_id, "hello again"))["ok"]


async def test_reports_reach_the_moderators_of_the_room_once(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (ada_id, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = await _room(ada, bob)
        await ada.ok("stream:subscribe", {"stream": f"user:{ada_id.user_id}"})
        said = (await ada.say(room_id, "rude"))["data"]
        report = {"content_type": "message", "content_id": said["id"], "reason": "rude"}
        first = await bob.ok("report:create", report)
        again = await bob.ok("report:create", report | {"reason": "very rude"})
        assert first == again
        listed = (await ada.ok("report:list", {"room_id": room_id}))["reports"]
        assert [(each["reason"], each["status"]) for each in listed] == [("very rude", "pending")]
        rung = (await ada.wait_for("notification:created"))["data"]["notification"]
        made_ms = uuid.UUID(first["report_id"]).int >> 80
        assert (rung["type"], rung["created_at"]) == ("report", iso(made_ms))
        settle = {"room_id": room_id, "report_id": first["report_id"], "status": "resolved"}
        assert (await bob.error("report:resolve", settle))["code"] == "FORBIDDEN"
        await ada.ok("report:resolve", settle)
        listed = (await ada.ok("report:list", {"room_id": room_id}))["reports"]
        assert listed[0]["status"] == "resolved"
        unknown = report | {"content_id": op()}
        assert (await bob.error("report:create", unknown))["code"] == "NOT_FOUND"


async def test_a_person_is_reported_to_the_room_or_to_the_hub(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (ada_id, ada_token), (bob_id, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    _, eve_token = await people.sign_in("eve")
    root_id, root_token = await people.sign_in("root", "admin")
    async with (
        connected(node.url, ada_token) as ada,
        connected(node.url, bob_token) as bob,
        connected(node.url, eve_token) as eve,
        connected(node.url, root_token) as root,
    ):
        await root.ok("stream:subscribe", {"stream": f"user:{root_id.user_id}"})
        room_id = await _room(ada, bob)
        elsewhere = (await eve.ok("room:create", {"name": "Attic"}))["id"]
        about = {"content_type": "user", "content_id": bob_id.user_id, "reason": "rude to me"}
        here = await ada.ok("report:create", about | {"room_id": room_id})
        (seen,) = (await ada.ok("report:list", {"room_id": room_id}))["reports"]
        assert (seen["id"], seen["reported"]) == (here["report_id"], bob_id.username)
        error = await eve.error("report:create", about | {"room_id": elsewhere})
        assert error["code"] == "NOT_FOUND"
        room = {"content_type": "room", "content_id": room_id, "reason": "all of it"}
        assert (await bob.error("report:create", room | {"room_id": room_id}))["status"] == 400

        # In a direct message nobody is a judge of the other.
        dm_id = (await bob.ok("dm:open", {"user_id": ada_id.user_id}))["room_id"]
        said = (await ada.say(dm_id, "rude"))["data"]
        rude = {"content_type": "message", "content_id": said["id"], "reason": "rude"}
        in_dm = await bob.ok("report:create", rude)
        assert (await bob.ok("report:list", {"room_id": dm_id}))["reports"] == []

        # What no room's moderators look at, the hub's own do.
        await eve.ok("report:create", about)
        await bob.ok("report:create", room)
        assert (await ada.error("report:list", {}))["code"] == "FORBIDDEN"
        reports = (await root.ok("report:list", {}))["reports"]
        assert [each["content_type"] for each in reports] == ["room", "user", "message"]
        assert reports[2]["id"] == in_dm["report_id"]
        await root.wait_until(lambda: len(root.payloads("notification:created")) == 3)
        for rung in root.payloads("notification:created"):
            bell = rung["data"]["notification"]
            assert (bell["type"], bell["room_id"], bell["message_id"]) == ("report", None, None)
            assert (bell["title"], bell["link"]) == ("Somebody reported something", "/reports")
        assert "notification:created" not in {name for name, _ in ada.heard}
        settle = {"report_id": reports[0]["id"], "status": "dismissed"}
        assert (await ada.error("report:resolve", settle))["code"] == "FORBIDDEN"
        wrong_room = await ada.error("report:resolve", settle | {"room_id": room_id})
        assert wrong_room["code"] == "NOT_FOUND"
        await root.ok("report:resolve", settle)
        settled = (await root.ok("report:list", {}))["reports"][0]
        assert (settled["status"], settled["resolved_by"]) == ("dismissed", root_id.username)

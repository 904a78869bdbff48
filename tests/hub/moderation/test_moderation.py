"""Keeping order in a room, as its people see it from two nodes."""

from tests.client import connected
from tests.hub.together import op, party
from tests.nodes import OpenNode, People


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
        room_id = await party(ada, bob, eve)
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
        room_id = await party(ada, eve)
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
        room_id = await party(ada, eve)
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
        room_id = await party(ada, eve)
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
        room_id = await party(ada, bob)
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


async def test_a_block_hides_both_ways_and_closes_the_direct_message(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (ada_id, ada_token), (bob_id, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = await party(ada, bob)
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

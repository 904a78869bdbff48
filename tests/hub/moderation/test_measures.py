"""What gets round no measure: leaving, editing, waiting less than its time."""

import uuid

from tests.client import connected
from tests.nodes import OpenNode, People


async def test_a_mute_ends_by_itself_and_leaving_ends_it_not(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (eve_id, eve_token) = await people.sign_in("ada"), await people.sign_in("eve")
    async with connected(one.url, ada_token) as ada, connected(two.url, eve_token) as eve:
        room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
        for client in (ada, eve):
            await client.ok("room:join", {"room_id": room_id})
            await client.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        her = {"room_id": room_id, "user_id": eve_id.user_id}
        await ada.ok("member:mute", her | {"duration_s": 2, "reason": "too loud"})
        await eve.ok("room:leave", {"room_id": room_id})
        back = await eve.ok("room:join", {"room_id": room_id})
        assert back["member"]["muted_until"]
        assert (await eve.say(room_id, "may I?"))["error"]["code"] == "MUTED"

        ended = await ada.wait_for(
            "moderation:applied", lambda told: told["data"]["action"] == "unmute"
        )
        assert (ended["data"]["by"], ended["data"]["reason"]) == (None, "time_over")
        free = await ada.wait_for("member:updated", lambda told: told["seq"] > ended["seq"])
        assert (free["data"]["user_id"], free["data"]["muted_until"]) == (eve_id.user_id, None)
        assert (await eve.say(room_id, "thank you"))["ok"]
        log = (await ada.ok("moderation:list", {"room_id": room_id}))["measures"]
        assert [line["action"] for line in log] == ["unmute", "mute"]


async def test_the_two_of_a_direct_message_stay_two_and_stand_alike(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = (await ada.ok("dm:open", {"user_id": bob_id.user_id}))["room_id"]
        for client in (ada, bob):
            assert (await client.error("room:leave", {"room_id": room_id}))["code"] == "CONFLICT"
        said = (await bob.say(room_id, "still here"))["data"]
        him = {"room_id": room_id, "user_id": bob_id.user_id}
        for event, payload, code in (
            ("member:mute", him, "CONFLICT"),
            ("member:update", him | {"role": "moderator"}, "CONFLICT"),
            ("chat:update", {"room_id": room_id, "slow_mode_s": 60}, "CONFLICT"),
            (
                "message:delete",
                {"message_id": said["id"], "op_id": str(uuid.uuid4())},
                "FORBIDDEN",
            ),
        ):
            assert (await ada.error(event, payload))["code"] == code


async def test_an_invitation_may_last_a_moment(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen", "type": "private"})
        invite = await ada.ok("invite:create", {"room_id": room["id"], "expires_in_s": 1})
        assert len((await ada.ok("invite:list", {"room_id": room["id"]}))["invites"]) == 1
        while (await ada.ok("invite:list", {"room_id": room["id"]}))["invites"]:
            await ada.ok("clock:ping", {"t0": 0.0})
        error = await bob.error("invite:accept", {"token": invite["token"]})
        assert (error["code"], error["status"]) == ("GONE", 410)


async def test_no_edit_gets_round_the_rules_of_a_room(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
        await bob.ok("room:join", {"room_id": room_id})
        rule = {"id": str(uuid.uuid4()), "kind": "keyword", "action": "block", "words": ["spam"]}
        await ada.ok("chat:update", {"room_id": room_id, "rules": [rule]})
        said = (await bob.say(room_id, "fine"))["data"]
        edit = {"message_id": said["id"], "op_id": str(uuid.uuid4()), "content": "spam"}
        assert (await bob.error("message:update", edit))["code"] == "BLOCKED"
        assert (await ada.ok("message:get", {"message_id": said["id"]}))["content"] == "fine"
        better = edit | {"op_id": str(uuid.uuid4()), "content": "finer"}
        assert (await bob.ok("message:update", better))["content"] == "finer"
        (line, _) = (await ada.ok("moderation:list", {"room_id": room_id}))["measures"]
        assert (line["action"], line["details"]["content"]) == ("block", "spam")

"""Reports of messages and of people: who gets them, and once."""

import uuid

from rooms.times import iso
from storage.backends import Pool
from tests.client import connected
from tests.hub.together import op, party
from tests.nodes import OpenNode, People


async def test_reports_reach_the_moderators_of_the_room_once(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (ada_id, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = await party(ada, bob)
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
        room_id = await party(ada, bob)
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

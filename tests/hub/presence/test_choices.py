"""What somebody shows of himself counts wherever he chose it, and names only what all may have."""

import asyncio
import uuid

from tests.client import HubClient, connected
from tests.nodes import OpenNode, People


def last_of(client: HubClient, user_id: str) -> str:
    """How a client's fold of diffs has the user."""
    status = "offline"
    for diff in client.payloads("presence:diff"):
        if user_id in diff["data"]["upserts"]:
            status = diff["data"]["upserts"][user_id]["status"]
        if user_id in diff["data"]["leaves"]:
            status = "offline"
    return status


async def test_a_choice_made_where_he_has_no_socket_is_seen(
    open_one: OpenNode, people: People
) -> None:
    """As by REST on whichever node, or before he has followed anything."""
    one, two, three = await open_one(), await open_one(), await open_one()
    (_, ada_token), (bob, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as his:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await his.ok("room:join", {"room_id": room["id"]})
        await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        await his.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        await ada.wait_until(lambda: last_of(ada, bob.user_id) == "online")
        await three.node.showing.change(bob.user_id, {"status": "busy"})
        await ada.wait_until(lambda: last_of(ada, bob.user_id) == "busy")
        await three.node.showing.change(bob.user_id, {"invisible": True})
        await ada.wait_until(lambda: last_of(ada, bob.user_id) == "offline")
        await his.ok("typing:start", {"room_id": room["id"]})
        await his.ok("presence:update", {"status": "online", "invisible": False})
        await ada.wait_until(lambda: last_of(ada, bob.user_id) == "online")
        assert ada.payloads("typing:updated") == []


async def test_who_hides_is_shown_again_by_his_word_alone(
    open_one: OpenNode, people: People
) -> None:
    """Whatever else he changes of what he shows, and by whichever door, also all at once."""
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    about = {"user_id": bob.user_id}
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as his:
        track = {"type": "track", "track_title": "Nightdrive"}
        await his.ok("presence:update", {"invisible": True, "activity": track})
        changes = ({"status": "busy"}, {"status_message": "mixing"}, {"status": "away"})
        for change in changes:
            assert (await his.ok("presence:update", change))["invisible"]
            assert (await ada.ok("presence:get", about))["status"] == "offline"
        mine = await his.ok("presence:mine", {})
        assert (mine["status"], mine["status_message"]) == ("away", "mixing")
        assert mine["activity"] == track
        await asyncio.gather(
            one.node.showing.change(bob.user_id, {"status": "busy"}),
            two.node.showing.change(bob.user_id, {"invisible": False}),
            one.node.showing.change(bob.user_id, {"status_message": None, "activity": None}),
        )
        seen = await ada.ok("presence:get", about)
        assert (seen["status"], seen["status_message"], seen["activity"]) == ("busy", None, None)


async def test_a_private_room_is_not_named(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (bob, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as his:
        for kind, is_named in (("public", True), ("private", False)):
            room = await his.ok("room:create", {"name": "Kitchen", "type": kind})
            activity = {"type": "room", "room_id": room["id"], "track_title": "Nightdrive"}
            await his.ok("presence:activity", {"activity": activity})
            seen = await ada.ok("presence:get", {"user_id": bob.user_id})
            assert seen["activity"] == (activity if is_named else None)
            if is_named:
                joined = await ada.ok("room:join", {"room_id": seen["activity"]["room_id"]})
                assert joined["member"]["state"] == "joined"


async def test_a_choice_on_one_node_holds_at_once_for_who_asks_another(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    about = {"user_id": bob_id.user_id}
    async with connected(one.url, ada_token) as ada, connected(one.url, bob_token) as bob:
        assert (await ada.ok("presence:get", about))["status"] == "online"
        for message in ("one", "two", "three"):
            await two.node.showing.change(bob_id.user_id, {"status_message": message})
            assert (await ada.ok("presence:get", about))["status_message"] == message
        await two.node.showing.change(bob_id.user_id, {"invisible": True})
        assert (await ada.ok("presence:get", about))["status"] == "offline"
        assert (await bob.ok("presence:mine", {}))["invisible"] is True


async def test_a_device_that_comes_back_is_remembered(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    (bob_id, bob_token), device_id = await people.sign_in("bob"), str(uuid.uuid4())
    said = {"name": "Kitchen", "kind": "speaker", "output_latency_ms": 120}
    async with connected(one.url, bob_token, device_id=device_id) as bob:
        assert await bob.ok("device:update", said) == said | {"device_id": device_id}
    async with connected(two.url, bob_token, device_id=device_id) as bob:
        known = await bob.ok("device:update", {"kind": "tv"})
        assert known == said | {"device_id": device_id, "kind": "tv"}
        seen = await bob.ok("presence:get", {"user_id": bob_id.user_id})
        assert "tv" in [device["kind"] for device in seen["devices"]]

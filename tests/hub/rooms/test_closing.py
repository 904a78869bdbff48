"""A room changes its type: who finds it, who may read it, and who hears nothing more."""

import uuid

from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.nodes import OpenNode, People, RunningNode


def room_stream(room_id: str) -> dict[str, str]:
    return {"stream": f"room:{room_id}"}


async def public_ids(client: HubClient) -> set[str]:
    return {room["id"] for room in (await client.ok("room:list", {"scope": "public"}))["rooms"]}


def hearers(node: RunningNode, room_id: str) -> set[str]:
    return {each.principal.user_id for each in node.node.fanout.followers(f"room:{room_id}")}


def watchers(node: RunningNode, room_id: str) -> set[str]:
    place = node.node.showing._presence.watched.places.get(room_id)
    return {each.principal.user_id for each in place.watchers} if place is not None else set()


async def test_a_closed_room_is_hidden_and_strangers_hear_nothing_more(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob, bob_token), (eve, eve_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
        await people.sign_in("eve"),
    )
    async with (
        connected(one.url, ada_token) as ada,
        connected(two.url, bob_token) as member,
        connected(two.url, eve_token) as stranger,
        connected(one.url, eve_token) as looker,
    ):
        room_id = (await ada.ok("room:create", {"name": "Kitchen", "type": "public"}))["id"]
        await member.ok("room:join", {"room_id": room_id})
        for client in (member, stranger):
            await client.ok("stream:subscribe", room_stream(room_id))
        await looker.ok("presence:subscribe", {"audience": f"room:{room_id}"})
        await ada.ok("stream:subscribe", room_stream(room_id))
        await looker.wait_for("presence:diff")
        assert room_id in await public_ids(stranger)

        closed = await ada.ok("room:update", {"room_id": room_id, "type": "private"})
        assert closed["type"] == "private"
        assert room_id not in await public_ids(stranger)
        assert (await stranger.error("message:history", {"room_id": room_id}))["status"] == 404
        last = await stranger.wait_for("room:updated")
        assert last["data"]["type"] == "private"
        await eventually(lambda: eve.user_id not in hearers(two, room_id))
        await eventually(lambda: eve.user_id not in watchers(one, room_id))
        assert bob.user_id in hearers(two, room_id)

        said = await ada.say(room_id, "among ourselves")
        await member.wait_for_seq(said["seq"])
        await stranger.ok("room:list", {"scope": "mine"})  # whatever came before has been heard
        assert said["seq"] not in stranger.seqs()
        assert (await stranger.error("stream:subscribe", room_stream(room_id)))["status"] == 404

        link = await ada.ok("invite:create", {"room_id": room_id})
        await stranger.ok("invite:accept", {"token": link["token"]})
        back = await stranger.ok("stream:subscribe", room_stream(room_id))
        assert back["snapshot"]["room"]["type"] == "private"

        await ada.ok("room:update", {"room_id": room_id, "type": "public"})
        assert room_id in await public_ids(looker)


async def test_the_owner_alone_changes_the_type_and_never_of_a_dm(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (_, ada_token), (bob, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as admin:
        room_id = (await ada.ok("room:create", {"name": "Kitchen", "type": "private"}))["id"]
        added = {"room_id": room_id, "user_id": bob.user_id, "role": "admin"}
        await ada.ok("member:add", added)
        wanted = {"room_id": room_id, "type": "public"}
        assert (await admin.error("room:update", wanted))["code"] == "FORBIDDEN"
        same = {"room_id": room_id, "type": "private", "name": "Cellar"}
        assert (await admin.ok("room:update", same))["name"] == "Cellar"
        assert (await ada.ok("room:update", wanted))["type"] == "public"
        dm_id = (await ada.ok("dm:open", {"user_id": bob.user_id}))["room_id"]
        error = await ada.error("room:update", {"room_id": dm_id, "type": "private"})
        assert (error["code"], error["fields"][0]["code"]) == ("VALIDATION_ERROR", "DM_STAYS")
        await ada.ok("room:update", {"room_id": dm_id, "op_id": str(uuid.uuid4())})

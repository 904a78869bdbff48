"""The older chat: its commands and words, beside stock clients and across nodes."""

import asyncio
import uuid

import pytest
from msgspec import Struct

from rooms.feature import Actor
from storage.backends import Pool
from tests.client import connected
from tests.hub.chat_socket.talking import talking
from tests.nodes import OpenNode, People, RunningNode
from tests.people import new_track


class Stage(Struct, frozen=True):
    """Two nodes; Ada has the stock client, Bob an older one."""

    one: RunningNode
    two: RunningNode
    ada: Actor
    ada_token: str
    bob: Actor
    bob_token: str


@pytest.fixture
async def stage(open_one: OpenNode, people: People) -> Stage:
    one, two = await open_one(), await open_one()
    ada, ada_token = await people.sign_in("ada")
    bob, _ = await people.sign_in("bob")
    return Stage(one, two, ada, ada_token, bob, await people.chat_token(bob))


async def test_older_and_stock_clients_talk_in_one_room_on_two_nodes(stage: Stage) -> None:
    async with (
        connected(stage.one.url, stage.ada_token) as ada,
        talking(stage.two.url, stage.bob_token) as bob,
    ):
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
        await ada.say(room["id"], "before")
        joined = await bob.answer("join", room_id=room["id"])
        assert (joined["type"], joined["user_id"]) == ("joined", stage.bob.user_id)
        assert joined["room"]["name"] == "Kitchen"
        assert [m["content"] for m in joined["messages"]] == ["before"]
        assert joined["messages"][0]["message_type"] == "text"

        said = (await ada.say(room["id"], "hello Bob"))["data"]
        heard = await bob.hear("message", lambda m: m["content"] == "hello Bob")
        assert (heard["id"], heard["seq"], heard["sender_id"]) == (
            said["id"],
            said["seq"],
            stage.ada.user_id,
        )
        ack = await bob.answer("message", room_id=room["id"], content="hello Ada")
        event = await ada.wait_for(
            "message:created", lambda p: p["data"]["id"] == ack["message_id"]
        )
        assert event["data"]["content"] == "hello Ada"
        assert event["seq"] == ack["seq"]
        own = await bob.hear("message", lambda m: m["content"] == "hello Ada")
        assert own["client_id"] == ack["client_id"]


async def test_the_same_client_id_is_one_message(stage: Stage) -> None:
    async with (
        connected(stage.one.url, stage.ada_token) as ada,
        talking(stage.two.url, stage.bob_token) as bob,
    ):
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.answer("join", room_id=room["id"])
        client_id = str(uuid.uuid4())
        fields = {"room_id": room["id"], "content": "once", "client_id": client_id}
        await bob.say("message", **fields)
        await bob.say("message", **fields)
        await bob.say("message", **fields | {"content": "something else"})
        error = await bob.hear("error")
        assert (error["code"], error["client_id"]) == ("IDEMPOTENCY_CONFLICT", client_id)
        acks = bob.kinds("ack")
        assert len({ack["message_id"] for ack in acks}) == 1
        page = await ada.ok("message:history", {"room_id": room["id"]})
        assert [m["content"] for m in page["messages"]] == ["once"]


async def test_messages_are_edited_reacted_to_and_deleted(stage: Stage) -> None:
    async with (
        connected(stage.one.url, stage.ada_token) as ada,
        talking(stage.two.url, stage.bob_token) as bob,
    ):
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.answer("join", room_id=room["id"])
        hers = (await ada.say(room["id"], "first"))["data"]["id"]
        mine = (await bob.answer("message", room_id=room["id"], content="secnd"))["message_id"]

        assert (await bob.answer("edit", message_id=mine, content="second"))["type"] == "ack"
        assert (await bob.hear("message_edited"))["content"] == "second"
        await bob.say("react", message_id=hers, emoji="👍")
        reaction = await bob.hear("reaction")
        assert (reaction["message_id"], reaction["emoji"], reaction["added"]) == (hers, "👍", True)
        await bob.say("unreact", message_id=hers, emoji="👍")
        await bob.hear("reaction", lambda r: not r["added"])
        refused = await bob.answer("delete", message_id=hers)
        assert (refused["type"], refused["code"]) == ("error", "FORBIDDEN")
        await bob.answer("delete", message_id=mine)
        assert (await bob.hear("message_deleted"))["message_id"] == mine


async def test_typing_reading_and_presence_are_told_both_ways(stage: Stage, pool: Pool) -> None:
    async with (
        connected(stage.one.url, stage.ada_token) as ada,
        talking(stage.two.url, stage.bob_token) as bob,
    ):
        room = await ada.ok("room:create", {"name": "Kitchen"})
        room_id, stream = room["id"], f"room:{room['id']}"
        await ada.ok("stream:subscribe", {"stream": stream})
        await bob.answer("join", room_id=room_id)
        me, her = stage.bob.user_id, stage.ada.user_id
        await bob.hear("presence", lambda p: (p["user_id"], p["status"]) == (her, "online"))
        await ada.wait_for("presence:diff", lambda p: me in p["data"]["upserts"])

        await ada.ok("typing:start", {"room_id": room_id})
        assert (await bob.hear("typing", lambda t: t["is_typing"]))["user_id"] == her
        await ada.ok("typing:stop", {"room_id": room_id})
        assert (await bob.hear("typing", lambda t: not t["is_typing"]))["user_id"] == her
        await bob.answer("typing", room_id=room_id, is_typing=True)
        await ada.wait_for("typing:updated", lambda p: p["data"]["user_ids"] == [me])

        said = (await ada.say(room_id, "read me"))["data"]
        await bob.hear("message", lambda m: m["id"] == said["id"])
        await bob.answer("delivered", message_id=said["id"])
        await ada.wait_for("delivered:updated", lambda p: p["data"]["seq"] == said["seq"])
        await bob.answer("read", room_id=room_id, message_id=said["id"])
        mark = await ada.wait_for("read:updated", lambda p: p["data"]["user_id"] == me)
        assert mark["data"]["seq"] == said["seq"]
        mine = (await bob.answer("message", room_id=room_id, content="and me"))["message_id"]
        await ada.ok("read:mark", {"room_id": room_id, "seq": said["seq"] + 1})
        read = await bob.hear("read", lambda r: r["user_id"] == her)
        assert (read["message_id"], read["room_id"]) == (mine, room_id)
        assert read["read_at"].endswith("Z")

        await bob.answer("presence", status="busy", status_message="mixing")
        diff = await ada.wait_for(
            "presence:diff",
            lambda p: p["data"]["upserts"].get(me, {}).get("status") == "busy",
        )
        assert diff["data"]["upserts"][me]["status_message"] == "mixing"
        track_id = await new_track(pool, stage.ada, "Nightdrive")
        track = {"type": "track", "track_id": track_id, "track_title": "Nightdrive"}
        await ada.ok("presence:update", {"status": "away", "activity": track})
        away = await bob.hear("presence", lambda p: (p["user_id"], p["status"]) == (her, "away"))
        assert away["track"] == {"id": track_id, "title": "Nightdrive"}


async def test_a_change_of_status_does_not_show_who_hides(stage: Stage) -> None:
    async with (
        connected(stage.one.url, stage.ada_token) as ada,
        talking(stage.two.url, stage.ada_token and stage.bob_token) as bob,
        connected(stage.two.url, stage.ada_token) as hidden,
    ):
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.answer("join", room_id=room["id"])
        await hidden.ok("presence:update", {"status": "online", "invisible": True})
        await bob.answer("presence", status="busy")
        mine = await hidden.ok("presence:mine")
        assert mine["invisible"]
        chosen = await ada.ok("presence:get", {"user_id": stage.bob.user_id})
        assert chosen["status"] == "busy"


async def test_members_come_and_go_and_are_put_out(stage: Stage) -> None:
    async with (
        connected(stage.one.url, stage.ada_token) as ada,
        talking(stage.two.url, stage.bob_token) as bob,
    ):
        room = await ada.ok("room:create", {"name": "Kitchen"})
        room_id = room["id"]
        await bob.answer("join", room_id=room_id)
        left = await bob.answer("leave", room_id=room_id)
        assert (left["type"], left["user_id"]) == ("left", stage.bob.user_id)
        await ada.say(room_id, "behind his back")
        joined = await bob.answer("join", room_id=room_id)
        assert [m["content"] for m in joined["messages"]] == ["behind his back"]
        assert bob.kinds("message") == []
        await ada.ok("member:remove", {"room_id": room_id, "user_id": stage.bob.user_id})
        put_out = await bob.hear("left", lambda f: f.get("reason") == "removed")
        assert put_out["user_id"] == stage.bob.user_id
        error = await bob.answer("message", room_id=room_id, content="let me in")
        assert (error["type"], error["code"]) == ("error", "FORBIDDEN")


async def test_a_private_room_is_not_there_for_strangers(stage: Stage) -> None:
    async with (
        connected(stage.one.url, stage.ada_token) as ada,
        talking(stage.one.url, stage.bob_token) as bob,
    ):
        room = await ada.ok("room:create", {"name": "Study", "type": "private"})
        error = await bob.answer("join", room_id=room["id"])
        assert (error["type"], error["code"]) == ("error", "NOT_FOUND")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "BAD_JSON"),
        ("[]", "INVALID"),
        ('{"type": "shout"}', "INVALID"),
        ('{"type": "join"}', "REQUIRED"),
        ('{"type": "join", "room_id": "1"}', "INVALID_FORMAT"),
        ("[" * 60_000, "INVALID"),
        ('{"type":' * 6_000, "BAD_JSON"),
        ('{"type": "join", "room_id": "\\ud800"}', "BAD_JSON"),
        ('{"type": "presence", "status": "busy", "status_message": "\\u0000"}', "BAD_TEXT"),
    ],
)
async def test_what_is_no_command_is_answered_and_the_socket_stays(
    stage: Stage, text: str, code: str
) -> None:
    async with talking(stage.one.url, stage.bob_token) as bob:
        await bob.socket.send_str(text)
        error = await bob.hear("error")
        assert error["code"] == "VALIDATION_ERROR"
        assert error["fields"][0]["code"] == code
        await bob.socket.send_bytes(b"\x00")
        await bob.hear("error", lambda e: e["fields"][0]["code"] == "NOT_TEXT")
        assert (await bob.answer("heartbeat"))["type"] == "ack"


async def test_many_at_once_are_heard_in_one_order(stage: Stage, people: People) -> None:
    tokens = [await people.chat_token((await people.sign_in(f"p{n}"))[0]) for n in range(6)]
    async with connected(stage.one.url, stage.ada_token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        room_id = room["id"]

        async def talk(number: int, token: str) -> list[int]:
            url = (stage.one, stage.two)[number % 2].url
            async with talking(url, token) as client:
                await client.answer("join", room_id=room_id)
                await everybody.wait()
                for count in range(5):
                    await client.say("message", room_id=room_id, content=f"{number} {count}")
                await client.hear_until(lambda: len(client.kinds("message")) == 30)
                return [frame["seq"] for frame in client.kinds("message")]

        everybody = asyncio.Barrier(6)
        orders = await asyncio.gather(*(talk(n, token) for n, token in enumerate(tokens)))
    assert all(order == sorted(set(order)) for order in orders)
    assert len({tuple(order) for order in orders}) == 1

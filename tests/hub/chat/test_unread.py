"""How much is unread, told to those who follow nothing but their own stream."""

import uuid
from typing import Any

from rooms.ids import user_stream
from storage.backends import Pool
from storage.messages.watermarks import MAX_CIRCLE
from tests.client import connected
from tests.hub.together import room_of
from tests.nodes import OpenNode, People

_CROWD = """
WITH u AS (
    INSERT INTO users (id, username, email, password_hash)
    SELECT uuidv7(), 'crowd' || n, 'crowd' || n || '@example.org', '!'
    FROM generate_series(1, $2) AS n RETURNING id
)
INSERT INTO room_members (room_id, user_id, role, state, joined_at)
SELECT $1, id, 'member', 'joined', now() FROM u
"""


def counts(told: dict[str, Any]) -> tuple[int, int]:
    return told["data"]["unread"], told["data"]["mentions"]


async def test_what_is_said_reaches_devices_that_do_not_look_at_the_room(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (ada_id, ada_token), (bob_id, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with (
        connected(one.url, ada_token) as ada,
        connected(one.url, bob_token) as laptop,
        connected(two.url, bob_token) as phone,
    ):
        room_id = await room_of(ada, laptop)
        for client, actor in ((ada, ada_id), (laptop, bob_id), (phone, bob_id)):
            await client.ok("stream:subscribe", {"stream": user_stream(actor.user_id)})
        await laptop.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        said = await ada.say(room_id, "hello")
        for device in (laptop, phone):
            told = await device.wait_for("unread:updated", lambda e: counts(e) == (1, 0))
            assert told["stream"] == user_stream(bob_id.user_id)
            assert told["data"]["room_id"] == room_id
            assert told["data"]["last_read_seq"] < said["seq"]
        named = (await ada.say(room_id, f"@{bob_id.username}!"))["data"]
        await phone.wait_for("unread:updated", lambda e: counts(e) == (2, 1))
        await ada.ok("message:delete", {"message_id": named["id"], "op_id": str(uuid.uuid4())})
        await phone.wait_until(lambda: counts(phone.payloads("unread:updated")[-1]) == (1, 0))

        mark = await laptop.ok("read:mark", {"room_id": room_id, "seq": said["seq"]})
        assert mark["unread"] == 0
        await phone.wait_for("unread:updated", lambda e: e["data"] == mark)
        await ada.say(room_id, "once more")
        await phone.wait_until(lambda: counts(phone.payloads("unread:updated")[-1]) == (1, 0))
        assert phone.payloads("unread:updated")[-1]["data"]["last_read_seq"] == said["seq"]
        assert ada.payloads("unread:updated") == []  # she has said all of it herself


async def test_people_of_a_large_room_are_told_when_they_have_read(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        large, small = await room_of(ada, bob), await room_of(ada, bob)
        await pool.execute(_CROWD, large, MAX_CIRCLE - 1)
        await bob.ok("stream:subscribe", {"stream": user_stream(bob_id.user_id)})
        await ada.say(large, "to very many")
        await ada.say(small, "to two")
        await bob.wait_for("unread:updated", lambda e: e["data"]["room_id"] == small)
        assert [e["data"]["room_id"] for e in bob.payloads("unread:updated")] == [small]
        assert (await bob.ok("read:mark", {"room_id": large, "seq": 1}))["unread"] == 1
        await bob.wait_for("unread:updated", lambda e: e["data"]["room_id"] == large)

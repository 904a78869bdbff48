"""What has reached a device: told at once, noted once acked, never more than there is."""

from storage.backends import Pool
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.nodes import OpenNode, People

_MARK = "SELECT delivered_seq FROM room_members WHERE room_id = $1 AND user_id = $2"


def marks(client: HubClient) -> list[tuple[str, int]]:
    return [
        (payload["data"]["user_id"], payload["data"]["seq"])
        for name, payload in client.heard
        if name == "delivered:updated"
    ]


async def test_a_mark_is_told_on_every_node_once_and_noted_before_its_ack(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
        stream = f"room:{room_id}"
        await bob.ok("room:join", {"room_id": room_id})
        assert (await bob.error("stream:ack", {"stream": stream, "seq": 1}))["code"] == "FORBIDDEN"
        for client in (ada, bob):
            await client.ok("stream:subscribe", {"stream": stream})
        seqs = [(await ada.say(room_id, f"m{n}"))["seq"] for n in range(3)]
        await bob.wait_until(lambda: len(bob.payloads("message:created")) == 3)
        for seq, noted in ((seqs[1], seqs[1]), (seqs[0], seqs[1]), (10**12, seqs[2])):
            assert (await bob.ok("stream:ack", {"stream": stream, "seq": seq}))["seq"] <= seqs[2]
            assert await pool.fetchval(_MARK, room_id, bob_user.user_id) == noted
        await ada.wait_until(lambda: len(marks(ada)) == 2)
        assert marks(ada) == [(bob_user.user_id, seqs[1]), (bob_user.user_id, seqs[2])]


async def test_who_wants_no_ack_is_noted_all_the_same(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada_user, ada_token = await people.sign_in("ada")
    async with connected(node.url, ada_token) as ada:
        room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
        await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        seq = (await ada.say(room_id, "hello"))["seq"]
        await ada.wait_for("message:created")
        await ada.emit("stream:ack", {"stream": f"room:{room_id}", "seq": seq})

        async def is_marked() -> bool:
            return bool(await pool.fetchval(_MARK, room_id, ada_user.user_id) == seq)

        await eventually(is_marked, 5)


async def test_who_hides_tells_nobody_what_he_has_got(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
        await bob.ok("room:join", {"room_id": room_id})
        await bob.ok("presence:update", {"invisible": True})
        for client in (ada, bob):
            await client.ok("stream:subscribe", {"stream": f"room:{room_id}"})
        seq = (await ada.say(room_id, "hello"))["seq"]
        await bob.wait_for("message:created")
        await bob.ok("stream:ack", {"stream": f"room:{room_id}", "seq": seq})
        await ada.ok("stream:ack", {"stream": f"room:{room_id}", "seq": seq})
        await bob.wait_for("delivered:updated")
        assert len(marks(ada)) == 1

"""What newcomers start from: never older than the log, whole beside live events, and one's own."""

import asyncio

from tests.client import HubClient, connected
from tests.hub.together import follow
from tests.nodes import OpenNode, People

JOINS = 1_000
SOCKETS = 20
MESSAGES_PER_S = 200


def created(client: HubClient) -> list[int]:
    """Seqs of the messages a client heard live."""
    return [payload["seq"] for name, payload in client.heard if name == "message:created"]


async def test_a_snapshot_is_never_older_than_what_was_acked_on_any_node(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.ok("room:join", {"room_id": room["id"]})
        for number in range(30):
            said = await ada.say(room["id"], f"m{number}")
            snapshot = (answer := await follow(bob, room["id"]))["snapshot"]
            assert answer["seq"] >= said["seq"]
            assert snapshot["chat"]["messages"][-1]["content"] == f"m{number}"
            assert (snapshot["room"]["my"]["role"], snapshot["room"]["my"]["unread"]) == (
                "member",
                number + 1,
            )
        await ada.ok("room:update", {"room_id": room["id"], "name": "Cellar"})
        assert (await follow(bob, room["id"]))["snapshot"]["room"]["name"] == "Cellar"
        await bob.ok("room:leave", {"room_id": room["id"]})
        snapshot = (await follow(ada, room["id"]))["snapshot"]
        assert bob_user.user_id not in [member["user_id"] for member in snapshot["members"]]
        assert snapshot["room"]["my"]["role"] == "owner"
        assert (await follow(bob, room["id"]))["snapshot"]["room"]["my"] is None


async def test_what_blocks_hide_is_in_nobodys_shared_snapshot(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (_, ada_token), (bob_user, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    _, cy_token = await people.sign_in("cy")
    async with (
        connected(node.url, ada_token) as ada,
        connected(node.url, bob_token) as bob,
        connected(node.url, cy_token) as cy,
    ):
        room = await ada.ok("room:create", {"name": "Kitchen"})
        for client in (bob, cy):
            await client.ok("room:join", {"room_id": room["id"]})
        await bob.say(room["id"], "hello")
        await cy.ok("user:block", {"user_id": bob_user.user_id})
        for client, heard in ((ada, ["hello"]), (cy, []), (bob, ["hello"])):
            messages = (await follow(client, room["id"]))["snapshot"]["chat"]["messages"]
            assert [message["content"] for message in messages] == heard


async def test_a_private_room_stays_closed_however_warm_its_snapshot_is(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Cellar", "type": "private"})
        await follow(ada, room["id"])
        stream = {"stream": f"room:{room['id']}"}
        answers = await asyncio.gather(
            *(bob.error("stream:subscribe", stream) for _ in range(5)), follow(ada, room["id"])
        )
        assert [answer["code"] for answer in answers[:5]] == ["NOT_FOUND"] * 5
        await ada.say(room["id"], "among us")
        await ada.wait_until(lambda: len(created(ada)) == 1)
        assert created(bob) == []


async def test_a_thousand_joins_while_messages_flow_miss_nothing(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    _, token = await people.sign_in("ada")
    async with connected(one.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        stop = asyncio.Event()

        async def talk() -> None:
            for number in range(1_000_000):
                if stop.is_set():
                    return
                await ada.say(room["id"], f"m{number}")
                await asyncio.sleep(1 / MESSAGES_PER_S)  # pace: of talk

        async def join(client: HubClient) -> None:
            for _ in range(JOINS // SOCKETS):
                client.heard.clear()
                answer = await follow(client, room["id"])
                shown = [m["seq"] for m in answer["snapshot"]["chat"]["messages"]]
                await client.wait_until(lambda: len(created(client)) >= 2)
                live = created(client)
                assert all(seq <= answer["seq"] for seq in shown)
                assert live == list(range(answer["seq"] + 1, answer["seq"] + 1 + len(live)))
                if len(shown) > 1:
                    assert shown == list(range(shown[0], answer["seq"] + 1))
                await client.ok("stream:unsubscribe", {"stream": f"room:{room['id']}"})

        async with asyncio.TaskGroup() as tasks:
            talking = tasks.create_task(talk())
            clients = []
            try:
                for number in range(SOCKETS):
                    client = HubClient()
                    clients.append(client)
                    await client.connect((one, two)[number % 2].url, {"token": token})
                await asyncio.gather(*(join(client) for client in clients))
            finally:
                stop.set()
                await talking
                for client in clients:
                    await client.close()

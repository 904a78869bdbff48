"""Rooms, chat and catch-up as a client sees them, over real sockets and two nodes."""

import asyncio
import uuid

from tests.client import HubClient, connected
from tests.nodes import OpenNode, People


async def test_hello_names_the_user_and_the_limits(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    ada, token = await people.sign_in("ada")
    async with connected(node.url, token) as client:
        hello = client.payloads("hello")[0]
    assert hello["user"]["id"] == ada.user_id
    assert hello["protocol"] == 1
    assert hello["limits"]["message_chars"] == 4000


async def test_both_nodes_show_one_order(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen", "op_id": str(uuid.uuid4())})
        await bob.ok("room:join", {"room_id": room["id"]})
        stream = f"room:{room['id']}"
        snapshots = [await c.call("stream:subscribe", {"stream": stream}) for c in (ada, bob)]
        assert all(s["data"]["recovered"] is False for s in snapshots)
        first = snapshots[0]["seq"]

        async def talk(client: HubClient) -> list[int]:
            acks = await asyncio.gather(*(client.say(room["id"], f"m{n}") for n in range(100)))
            return [ack["seq"] for ack in acks]

        acked = await asyncio.gather(talk(ada), talk(bob))
        last = first + 200
        for client in (ada, bob):
            await client.wait_for_seq(last)
            assert client.seqs() == list(range(first + 1, last + 1))
        assert sorted(acked[0] + acked[1]) == list(range(first + 1, last + 1))
        assert acked[0] == sorted(acked[0])


async def test_a_client_that_was_away_gets_exactly_what_it_missed(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        stream = f"room:{room['id']}"
        async with connected(two.url, bob_token) as bob:
            await bob.ok("room:join", {"room_id": room["id"]})
            known = await bob.ok("stream:subscribe", {"stream": stream})
        for n in range(7):
            assert (await ada.say(room["id"], f"m{n}"))["ok"]
        async with connected(one.url, bob_token) as bob:
            since = {"epoch": known["epoch"], "seq": known["seq"]}
            got: list[int] = []
            while True:
                page = await bob.ok(
                    "stream:subscribe", {"stream": stream, "since": since, "limit": 3}
                )
                assert page["recovered"] is True
                got += [event["seq"] for event in page["events"]]
                since["seq"] = page["seq"]
                if not page["more"]:
                    break
            assert got == list(range(known["seq"] + 1, known["seq"] + 8))
            ack = await ada.say(room["id"], "live")
            event = await bob.wait_for("message:created")
            assert event["seq"] == ack["seq"] == got[-1] + 1


async def test_an_epoch_of_another_history_gets_a_snapshot(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await ada.say(room["id"], "hello")
        answer = await ada.ok(
            "stream:subscribe",
            {"stream": f"room:{room['id']}", "since": {"epoch": "other", "seq": 1}},
        )
    assert answer["recovered"] is False
    snapshot = answer["snapshot"]
    assert [m["content"] for m in snapshot["chat"]["messages"]] == ["hello"]
    assert snapshot["room"]["my"]["role"] == "owner"
    assert snapshot["queue"]["items"] == []
    assert snapshot["playback"]["item_id"] is None


async def test_joins_under_load_never_lose_the_edge(open_one: OpenNode, people: People) -> None:
    one, two = await open_one(), await open_one()
    _, ada_token = await people.sign_in("ada")
    async with connected(one.url, ada_token) as ada:
        create = {"name": "Kitchen", "op_id": str(uuid.uuid4())}
        room = (await ada.sent("room:create", create))["data"]
        stream = f"room:{room['id']}"
        stop = asyncio.Event()

        async def talk() -> int:
            last = 0
            while not stop.is_set():
                message = {"room_id": room["id"], "client_id": str(uuid.uuid4()), "content": "m"}
                last = (await ada.sent("message:create", message))["seq"]
            return last

        talking = asyncio.create_task(talk())
        async with connected(two.url, ada_token) as late:
            for _ in range(30):
                late.heard.clear()
                answer = await late.ok("stream:subscribe", {"stream": stream})
                await late.wait_until(lambda: len(late.seqs()) >= 3)
                first = late.seqs()[0]
                assert first == answer["seq"] + 1
                assert late.seqs() == list(range(first, first + len(late.seqs())))
                await late.ok("stream:unsubscribe", {"stream": stream})
            stop.set()
            await talking


async def test_bad_calls_get_an_error_ack_and_the_connection_stays(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as ada, connected(node.url, bob_token) as bob:
        private = await bob.ok("room:create", {"name": "Cellar", "type": "private"})
        cases = [
            ("no:such", {}, "VALIDATION_ERROR", "event"),
            ("disconnect", "x", "VALIDATION_ERROR", "event"),
            ("connect", {"token": "x"}, "VALIDATION_ERROR", "event"),
            ("message:create", "text", "VALIDATION_ERROR", "payload"),
            ("message:create", {"room_id": private["id"]}, "VALIDATION_ERROR", "client_id"),
            ("room:create", {"name": 5}, "VALIDATION_ERROR", "name"),
            ("room:create", {"name": "x" * 300}, "VALIDATION_ERROR", "name"),
            ("room:get", {"room_id": "../etc"}, "VALIDATION_ERROR", "room_id"),
        ]
        for event, payload, code, field in cases:
            error = await ada.error(event, payload)
            assert (error["code"], error["fields"][0]["field"]) == (code, field), event
            assert error["message"]
        for room_id in (private["id"], str(uuid.uuid4())):
            error = await ada.error("stream:subscribe", {"stream": f"room:{room_id}"})
            assert (error["code"], error["status"]) == ("NOT_FOUND", 404)
        assert (await ada.ok("clock:ping", {"t0": 1.5}))["t0"] == 1.5


async def test_a_room_goes_on_when_redis_forgets_everything(
    open_one: OpenNode, people: People
) -> None:
    one, two = await open_one(), await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.ok("room:join", {"room_id": room["id"]})
        stream = f"room:{room['id']}"
        answer = await bob.ok("stream:subscribe", {"stream": stream})
        redis = one.node.backends.redis
        for n in range(20):
            if n % 5 == 0:
                await redis.client_kill_filter(_type="pubsub")
                await redis.flushdb()
            assert (await ada.say(room["id"], f"m{n}"))["ok"]
        last = answer["seq"] + 20
        await bob.wait_for_seq(last)
        assert bob.seqs() == list(range(answer["seq"] + 1, last + 1))

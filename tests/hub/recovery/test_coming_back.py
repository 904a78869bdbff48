"""A stock client drops and comes back: recovered or not, and then exactly what it has missed."""

import asyncio
import signal

import pytest

from hub.recovery.resume import MAX_EVENTS
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.hub.recovery.process import node_process
from tests.nodes import OpenNode, People
from tests.people import fresh_id
from tests.stock import StockClient, stock_client


async def new_public_room(owner: HubClient) -> str:
    room = await owner.ok("room:create", {"name": "Den", "type": "public", "op_id": fresh_id()})
    return str(room["id"])


async def say(speaker: HubClient, room_id: str, count: int = 1) -> int:
    """Says so much, all at once; the seq of the last."""
    acks = await asyncio.gather(*(speaker.say(room_id, f"word {n}") for n in range(count)))
    assert all(ack["ok"] for ack in acks)
    return max(int(ack["seq"]) for ack in acks)


async def follow(client: StockClient, *streams: str) -> dict[str, int]:
    """Subscribes; where the client stands in each stream."""
    return {
        stream: (await client.call("stream:subscribe", {"stream": stream}))["seq"]
        for stream in streams
    }


async def heard_whole(client: StockClient, stream: str, floor: int, last: int) -> None:
    """Waits for the last event; each since `floor` has come once, in order."""
    await client.until(lambda: last in client.seqs(stream))
    assert client.seqs(stream) == list(range(floor + 1, last + 1))


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("kindly", [True, False])
@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_short_drop_goes_unnoticed(
    open_one: OpenNode, people: People, *, transport: str, kindly: bool, elsewhere: bool
) -> None:
    first, second = await open_one(), await open_one()
    _, token = await people.sign_in("ada")
    ben, ben_token = await people.sign_in("ben")
    async with connected(first.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        stream, own = f"room:{room_id}", f"user:{ben.user_id}"
        await client.open(first.url, {"token": ben_token}, transports=[transport])
        floors = await follow(client, stream, own)
        assert await client.hello(1) is False
        seen = await say(ada, room_id, 3)
        await client.until(lambda: seen in client.seqs(stream))

        await client.drop(kindly=kindly)
        await say(ada, room_id, 5)
        note = await second.node.committer.append(ben.user_id, "track:ready", {}, fresh_id())
        assert await client.come_back(second.url if elsewhere else first.url) is True

        await heard_whole(client, stream, floors[stream], await say(ada, room_id, 2))
        await heard_whole(client, own, floors[own], note.seq or 0)
        assert await client.hello(2) is True
        assert client.connects[0]["connected"] == client.connects[1]["connected"]


async def test_a_client_that_has_heard_nothing_yet_comes_back_too(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        await client.open(node.url, {"token": token})
        floors = await follow(client, f"room:{room_id}")
        await client.drop()
        last = await say(ada, room_id, 3)

        assert await client.come_back() is True
        await heard_whole(client, f"room:{room_id}", floors[f"room:{room_id}"], last)


async def test_the_death_of_its_node_goes_unnoticed(
    open_one: OpenNode, people: People, database_url: str, redis_url: str
) -> None:
    survivor = await open_one()
    _, token = await people.sign_in("ada")
    ben, ben_token = await people.sign_in("ben")
    async with (
        node_process(database_url, redis_url) as doomed,
        connected(survivor.url, token) as ada,
        stock_client() as client,
    ):
        room_id = await new_public_room(ada)
        stream, own = f"room:{room_id}", f"user:{ben.user_id}"
        await client.open(doomed.url, {"token": ben_token})
        floors = await follow(client, stream, own)
        seen = await say(ada, room_id, 20)
        await client.until(lambda: seen in client.seqs(stream))
        speaking = asyncio.create_task(say(ada, room_id, 50))

        doomed.process.send_signal(signal.SIGKILL)
        await client.until(lambda: bool(client.drops))
        note = await survivor.node.committer.append(ben.user_id, "track:ready", {}, fresh_id())
        await speaking
        assert await client.come_back(survivor.url) is True

        await heard_whole(client, stream, floors[stream], await say(ada, room_id))
        await heard_whole(client, own, floors[own], note.seq or 0)


async def test_a_thousand_missed_events_come_once_and_in_order(
    open_one: OpenNode, people: People
) -> None:
    first, second = await open_one(), await open_one()
    _, token = await people.sign_in("ada")
    async with connected(first.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        stream = f"room:{room_id}"
        await client.open(first.url, {"token": token})
        floors = await follow(client, stream)
        await client.drop()
        for _ in range(5):
            last = await say(ada, room_id, 200)

        assert await client.come_back(second.url) is True
        await heard_whole(client, stream, floors[stream], last)


async def test_beyond_the_bound_it_reads_on_by_since(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        stream = f"room:{room_id}"
        await client.open(node.url, {"token": token})
        subscribed = await client.call("stream:subscribe", {"stream": stream})
        await client.drop()
        while (last := await say(ada, room_id, 200)) <= subscribed["seq"] + MAX_EVENTS:
            pass

        assert await client.come_back() is False
        assert await client.hello(2) is False
        assert client.seqs(stream) == []
        since = {"epoch": subscribed["epoch"], "seq": subscribed["seq"]}
        page = await client.call("stream:subscribe", {"stream": stream, "since": since})
        assert page["recovered"] is True
        assert page["events"][0]["seq"] == subscribed["seq"] + 1
        assert last > page["seq"]


async def test_after_its_time_a_drop_is_for_good(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        await client.open(node.url, {"token": token})
        await follow(client, f"room:{room_id}")
        await client.drop()
        await eventually(
            lambda: pool.fetchval(
                "UPDATE recoveries SET dropped_at = dropped_at - interval '2 minutes'"
                " WHERE dropped_at IS NOT NULL RETURNING true"
            )
        )

        assert await client.come_back() is False
        assert await client.hello(2) is False


async def test_without_recovery_there_is_no_offset(open_one: OpenNode, people: People) -> None:
    node = await open_one(recovery_s=0)
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        await client.open(node.url, {"token": token})
        await follow(client, f"room:{room_id}")
        await say(ada, room_id)
        await client.until(lambda: bool(client.seqs(f"room:{room_id}")))

        said = [args for name, args in client.events if name == "message:created"]
        assert [len(args) for args in said] == [1]
        await client.drop()
        assert await client.come_back() is False
        assert "recovery" not in client.payloads("hello")[0]["features"]


async def test_whoever_leaves_on_purpose_is_new_when_he_returns(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        await client.open(node.url, {"token": token})
        await follow(client, f"room:{room_id}")
        client.tell("leave")
        await client.until(lambda: bool(client.drops))
        await say(ada, room_id)

        assert await client.come_back() is False
        assert client.seqs(f"room:{room_id}") == []

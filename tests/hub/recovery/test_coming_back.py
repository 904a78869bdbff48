"""A stock client drops and comes back: recovered or not, and then exactly what it has missed."""

import uuid

import pytest

from tests.client import HubClient, connected
from tests.nodes import OpenNode, People
from tests.stock import StockClient, stock_client


async def new_public_room(owner: HubClient) -> str:
    room = await owner.ok("room:create", {"name": "Den", "type": "public", "op_id": fresh()})
    return str(room["id"])


def fresh() -> str:
    return str(uuid.uuid4())


async def say(speaker: HubClient, room_id: str, count: int = 1) -> int:
    """Says so much; the seq of the last."""
    seq = 0
    for number in range(count):
        ack = await speaker.say(room_id, f"message {number}")
        assert ack["ok"], ack
        seq = ack["seq"]
    return seq


async def follow(client: StockClient, *streams: str) -> dict[str, int]:
    """Subscribes; where the client stands in each stream."""
    return {
        stream: (await client.call("stream:subscribe", {"stream": stream}))["seq"]
        for stream in streams
    }


@pytest.mark.parametrize("kindly", [True, False])
@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_short_drop_goes_unnoticed(
    open_one: OpenNode, people: People, *, kindly: bool, elsewhere: bool
) -> None:
    first, second = await open_one(), await open_one()
    _, token = await people.sign_in("ada")
    ben, ben_token = await people.sign_in("ben")
    async with connected(first.url, token) as ada, stock_client() as client:
        room_id = await new_public_room(ada)
        stream = f"room:{room_id}"
        await client.open(first.url, {"token": ben_token})
        floors = await follow(client, stream, f"user:{ben.user_id}")
        assert client.payloads("hello")[0]["recovered"] is False
        seen = await say(ada, room_id, 3)
        await client.until(lambda: seen in client.seqs(stream))

        await client.drop(kindly=kindly)
        await say(ada, room_id, 5)
        assert await client.come_back(second.url if elsewhere else first.url) is True

        last = await say(ada, room_id, 2)
        await client.until(lambda: last in client.seqs(stream))
        assert client.seqs(stream) == list(range(floors[stream] + 1, last + 1))
        assert client.payloads("hello")[1]["recovered"] is True
        assert client.connects[0]["connected"] == client.connects[1]["connected"]

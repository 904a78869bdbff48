"""Clients that drop again and again, over two busy nodes: each stream gapless, each event once."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from tests.client import HubClient, connected
from tests.hub.recovery.test_coming_back import new_public_room
from tests.nodes import OpenNode, People, RunningNode
from tests.people import fresh_id
from tests.stock import StockClient, stock_client

ROOMS = 5
CLIENTS = 4
DROPS = 8


class Wanderer:
    """A client that moves between nodes, and what it believes it follows."""

    def __init__(self, client: StockClient, nodes: list[RunningNode], seed: int) -> None:
        self.client = client
        self.nodes = nodes
        self.random = random.Random(seed)  # noqa: S311 -- chance, no secret
        self.since: dict[str, tuple[int, int]] = {}
        """By stream: its seq when it was subscribed to, and how many events had come before."""

    async def follow(self, stream: str) -> None:
        """Subscribes; the connection may drop meanwhile."""
        answer = await self.client.ask("stream:subscribe", {"stream": stream})
        if answer.ack["ok"]:
            self.since[stream] = (answer.ack["data"]["seq"], answer.events_before)
        else:
            self.since.pop(stream, None)

    async def wander(self, streams: list[str]) -> None:
        """Drops, often in the middle of something, and comes back somewhere."""
        await self.follow(streams[-1])
        for _ in range(DROPS):
            some = self.random.sample(streams, 2)
            under_way = [asyncio.create_task(self.follow(stream)) for stream in some]
            await asyncio.sleep(0)  # both are asked before the drop
            if self.random.random() < 0.5:
                await asyncio.gather(*under_way)
                await self._hear_something()
            await self.client.drop(kindly=self.random.random() < 0.3)
            await asyncio.gather(*under_way)
            assert await self.client.come_back(self.random.choice(self.nodes).url)
            await self._hear_something()

    async def _hear_something(self) -> None:
        if self.since:
            wanted = len(self.client.events) + self.random.randrange(40)
            await self.client.until(lambda: len(self.client.events) >= wanted)

    def check(self, heads: dict[str, int]) -> None:
        """What it has heard of each stream since it subscribed is all there was, once, in order."""
        for stream, (seq, before) in self.since.items():
            heard = self.client.seqs(stream, before)
            assert heard == list(range(seq + 1, heads[stream] + 1))


async def talk(speaker: HubClient, rooms: list[str], going: Callable[[], bool]) -> None:
    """Speaks in random rooms, several messages at a time."""
    chance = random.Random(rooms[0])  # noqa: S311 -- as above
    while going():
        some = chance.choices(rooms, k=chance.randrange(1, 6))
        acks = await asyncio.gather(*(speaker.say(room_id, "word") for room_id in some))
        assert all(ack["ok"] for ack in acks)
        await asyncio.sleep(chance.random() * 0.01)  # pace: of talk


async def notify(node: RunningNode, users: list[str], going: Callable[[], bool]) -> None:
    """Puts events on people's own streams."""
    while going():
        for user_id in users:
            await node.node.committer.append(user_id, "track:ready", {"track_id": "x"}, fresh_id())
        await asyncio.sleep(0.02)  # pace: of notices


async def heads_of(speaker: HubClient, streams: set[str]) -> dict[str, int]:
    """Where each stream has ended."""
    found = {}
    for stream in streams:
        if stream.startswith("room:"):
            found[stream] = (await speaker.ok("stream:subscribe", {"stream": stream}))["seq"]
    return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_each_stream_is_heard_whole_and_once(
    open_one: OpenNode, people: People, seed: int
) -> None:
    nodes = [await open_one(), await open_one()]
    async with AsyncExitStack() as stack:
        speakers = []
        for number, node in enumerate(nodes):
            _, token = await people.sign_in(f"speaker{number}")
            speakers.append(await stack.enter_async_context(connected(node.url, token)))
        rooms = [await new_public_room(speakers[0]) for _ in range(ROOMS)]
        for room_id in rooms:
            await speakers[1].ok("room:join", {"room_id": room_id})
        wanderers, users = [], []
        for number in range(CLIENTS):
            actor, token = await people.sign_in(f"wanderer{number}")
            client = await stack.enter_async_context(stock_client())
            await client.open(nodes[number % 2].url, {"token": token})
            wanderers.append(Wanderer(client, nodes, seed * 100 + number))
            users.append(actor.user_id)
        streams = [f"room:{room_id}" for room_id in rooms]
        done = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for speaker in speakers:
                tasks.create_task(talk(speaker, rooms, lambda: not done.is_set()))
            tasks.create_task(notify(nodes[0], users, lambda: not done.is_set()))
            await asyncio.gather(
                *(
                    wanderer.wander([*streams, f"user:{user_id}"])
                    for wanderer, user_id in zip(wanderers, users, strict=True)
                )
            )
            done.set()
        for wanderer, user_id in zip(wanderers, users, strict=True):
            last = await nodes[0].node.committer.append(user_id, "track:ready", {}, fresh_id())
            heads = await heads_of(speakers[0], set(streams)) | {f"user:{user_id}": last.seq or 0}
            await wanderer.client.until(wanderer_has(wanderer, heads))
            wanderer.check(heads)


def wanderer_has(wanderer: Wanderer, heads: dict[str, int]) -> Callable[[], bool]:
    """Whether a client has heard the end of all it follows."""

    def has() -> bool:
        return all(
            seq == heads[stream] or heads[stream] in wanderer.client.seqs(stream, since)
            for stream, (seq, since) in wanderer.since.items()
        )

    return has

"""Two people on two nodes who talk while something breaks, and what must hold afterwards."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from msgspec import Struct

from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.nodes import OpenNode, People, RunningNode

FORGETTING_S = 12.0
"""Typing is forgotten after 6 s, and a lease after 7."""


class Talker:
    """Says one thing after the other until told to stop; keeps what was acked."""

    def __init__(self, client: HubClient, room_id: str) -> None:
        self._client = client
        self._room_id = room_id
        self.acked: dict[str, int] = {}
        self.refused: set[str] = set()
        self.done = asyncio.Event()

    async def talk(self) -> None:
        """Each message is sent with one id until it is acked."""
        while not self.done.is_set():
            client_id = str(uuid.uuid4())
            while True:
                ack = await self._client.say(self._room_id, "m", client_id)
                if ack["ok"]:
                    self.acked[client_id] = ack["seq"]
                    break
                assert ack["error"]["retryable"], ack
                self.refused.add(ack["error"]["code"])

    async def until_acked(self, more: int) -> None:
        """Returns once so many more messages have been acked."""
        wanted = len(self.acked) + more
        await eventually(lambda: len(self.acked) >= wanted, 30)


class Party(Struct):
    """Ada on the first node, Bob on the second, one room."""

    nodes: tuple[RunningNode, RunningNode]
    ada: HubClient
    bob: HubClient
    ada_id: str
    bob_id: str
    room_id: str
    first_seq: int

    async def hears_typing(self) -> None:
        """Ada begins to type anew until Bob is told of it."""
        seen = len(self.bob.payloads("typing:updated"))
        typing = {"room_id": self.room_id}
        async with asyncio.timeout(FORGETTING_S):
            while True:
                await self.ada.ok("typing:start", typing)
                await asyncio.sleep(0.05)  # pace: of typing
                told = self.bob.payloads("typing:updated")[seen:]
                if any(self.ada_id in _data(each)["user_ids"] for each in told):
                    break
                await self.ada.ok("typing:stop", typing)
        await self.ada.ok("typing:stop", typing)

    async def see_each_other(self) -> None:
        """Returns once each node says that both are there."""
        audience = {"audience": f"room:{self.room_id}"}
        both = {self.ada_id, self.bob_id}

        async def sees_both(client: HubClient) -> bool:
            return both <= set((await client.ok("presence:subscribe", audience))["users"])

        for client in (self.ada, self.bob):
            await eventually(partial(sees_both, client), FORGETTING_S, each_s=0.1)

    async def until_bus(self, *states: str) -> None:
        """Returns once the buses of both nodes are in one of these states."""
        await eventually(lambda: all(node.node.bus.state in states for node in self.nodes), 20)


def _data(payload: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = payload["data"]
    return data


@asynccontextmanager
async def open_party(open_one: OpenNode, people: People) -> AsyncIterator[Party]:
    """Both are in the room and follow its stream."""
    one, two = await open_one(), await open_one()
    (ada_is, ada_token), (bob_is, bob_token) = (
        await people.sign_in("ada"),
        await people.sign_in("bob"),
    )
    async with connected(one.url, ada_token) as ada, connected(two.url, bob_token) as bob:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        await bob.ok("room:join", {"room_id": room["id"]})
        stream = {"stream": f"room:{room['id']}"}
        await ada.ok("stream:subscribe", stream)
        known = await bob.ok("stream:subscribe", stream)
        yield Party((one, two), ada, bob, ada_is.user_id, bob_is.user_id, room["id"], known["seq"])


Fault = Callable[[], None] | Callable[[], Awaitable[None]]


async def talk_through(party: Party, faults: Sequence[Fault], more: int = 20) -> set[str]:
    """Both talk while the faults happen one after the other; then everything is compared.

    Returns:
        codes of the errors that they were given meanwhile.
    """
    one, two = Talker(party.ada, party.room_id), Talker(party.bob, party.room_id)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.talk())
        tasks.create_task(two.talk())
        await one.until_acked(more)
        for fault in faults:
            if asyncio.iscoroutinefunction(fault):
                await fault()
            else:
                await asyncio.to_thread(fault)
            await one.until_acked(more)
            await two.until_acked(more)
        one.done.set()
        two.done.set()
    acked = one.acked | two.acked
    last = max(acked.values())
    for listener in (party.ada, party.bob):
        await listener.wait_for_seq(last)
        shown = listener.payloads("message:created")
        seqs = [seq for seq in listener.seqs() if seq > party.first_seq]
        assert seqs == list(range(party.first_seq + 1, party.first_seq + 1 + len(seqs)))
        by_id = {payload["op_id"]: payload["seq"] for payload in shown}
        assert len(by_id) == len(shown)
        assert by_id == acked
    return one.refused | two.refused

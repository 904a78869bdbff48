"""A session on three nodes: twelve listen, and what they hear is sampled all the time."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp

from rooms.feature import Actor
from storage.backends import open_pool
from tests.eventually import eventually
from tests.faults.harness.accounts import sign_in
from tests.faults.harness.company import ok
from tests.faults.harness.stage import Stage
from tests.faults.listening.listener import Listener
from tests.people import new_track
from veza_client import Connection

LISTENERS = 12
GRACE_MS = 3_000
TRACK_MS = 4 * 3_600_000
SAMPLE_EVERY_S = 0.05
UP_WITHIN_S = 30.0


class Session:
    """A room that plays, and its listeners."""

    def __init__(self, stage: Stage, listeners: Sequence[Listener], ids: Sequence[str]) -> None:
        self.stage = stage
        self.listeners = listeners
        self.ids = ids
        """User id of each listener."""
        self.samples: list[tuple[float, tuple[float, ...]]] = []
        """Local time in s, and where each listener was then, in ms."""

    @property
    def room_id(self) -> str:
        """The room."""
        return self.listeners[0].room_id

    async def host(self) -> Listener:
        """Who drives, once all agree."""
        await eventually(
            lambda: len({listener.host_id for listener in self.listeners}) == 1, UP_WITHIN_S
        )
        return self.listeners[self.ids.index(self.listeners[0].host_id)]

    async def all_well(self) -> None:
        """Returns once everybody is up and knows the time."""
        await eventually(
            lambda: all(each.is_up.is_set() and each.knows_time for each in self.listeners),
            UP_WITHIN_S,
        )

    async def spread(self) -> None:
        """Returns once they are on all nodes: deaths of nodes may have driven them together."""
        while len({listener.node for listener in self.listeners}) < len(self.stage.nodes):
            for listener in self.listeners:
                if listener.connection is not None:
                    await listener.connection.close()
            await self.all_well()

    async def sample(self) -> None:
        """Looks where everybody is, until cancelled."""
        while True:
            now_s = time.monotonic()
            where = tuple(listener.position_ms(now_s) for listener in self.listeners)
            self.samples.append((now_s, where))
            await asyncio.sleep(SAMPLE_EVERY_S)  # pace: of looking


@asynccontextmanager
async def open_session(stage: Stage) -> AsyncIterator[Session]:
    """Everybody listens, and the music plays."""
    signed_in = await sign_in(stage, LISTENERS)
    host_id = signed_in[0][0]
    async with open_pool(stage.database_url, size=1) as pool:
        track_id = await new_track(pool, Actor(host_id, "host", "Host"), "Long", TRACK_MS)
    policy = {"on_host_lost": "promote_oldest", "host_grace_ms": GRACE_MS}
    room_id = ""
    async with aiohttp.ClientSession() as client:
        for number, (_, token) in enumerate(signed_in):
            wire = Connection(lambda _event, _payload: None)
            await wire.open(client, stage.nodes[number % len(stage.nodes)].url, {"token": token})
            if number == 0:
                room_id = (await ok(wire, "room:create", {"name": "S", "policy": policy}))["id"]
                about = {"room_id": room_id, "op_id": str(uuid.uuid4())}
                await ok(wire, "item:add", {**about, "track_ids": [track_id]})
                about["op_id"] = str(uuid.uuid4())
                await ok(wire, "playback:play", about)
            else:
                await ok(wire, "room:join", {"room_id": room_id})
            await wire.close()
    urls = [node.people_url for node in stage.nodes]
    listeners = [
        Listener(number, token, room_id, urls) for number, (_, token) in enumerate(signed_in)
    ]
    session = Session(stage, listeners, [user_id for user_id, _ in signed_in])
    tasks = [asyncio.create_task(listener.live()) for listener in listeners]
    tasks += [asyncio.create_task(listener.keep_time()) for listener in listeners]
    try:
        await session.all_well()
        tasks.append(asyncio.create_task(session.sample()))
        yield session
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

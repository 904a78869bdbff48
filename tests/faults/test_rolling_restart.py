"""All nodes are replaced, one after another, while people talk: nobody loses an answer (P12).

Three real `veza serve`, each ended with SIGTERM by its process id and started again; members on
WebSockets and on long-polling, and an upload on its way through each of the nodes.
"""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from loadtests.rolling.talker import Talker
from loadtests.rolling.toll import toll
from rooms.features import FEATURES
from storage import embedded
from storage.backends import Pool
from storage.commit import open_committer
from storage.row_stores import ROW_STORES
from tests.eventually import eventually
from tests.nodes import People
from tests.people import new_room
from tests.serving import Served, serving

pytestmark = pytest.mark.timeout(180)

ROOMS = 8
MEMBERS = 4
"""Of each room; the last one polls."""
EXIT_WITHIN_S = 10.0


class Fleet:
    """Three nodes at fixed addresses."""

    def __init__(self, database_url: str, redis_url: str, folder: Path) -> None:
        self._where = (database_url, redis_url, folder)
        self._stacks: dict[int, AsyncExitStack] = {}
        self.nodes: dict[int, Served] = {}

    async def start(self, port: int) -> None:
        """A node on that port; its predecessor has ended."""
        stack = self._stacks[port] = AsyncExitStack()
        database_url, redis_url, folder = self._where
        self.nodes[port] = await stack.enter_async_context(
            serving(database_url, redis_url, folder, port=port, LIMITS="off")
        )

    async def replace(self, port: int) -> int:
        """Ends the node of that port and starts another; the old one's exit code."""
        self.nodes[port].terminate()
        code = await self.nodes[port].exit_code(EXIT_WITHIN_S)
        await self._stacks[port].aclose()
        await self.start(port)
        return code

    async def end(self) -> None:
        for stack in self._stacks.values():
            await stack.aclose()


@pytest.fixture
async def fleet(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    fleet = Fleet(database_url, redis_url, tmp_path)
    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(3):
                tasks.create_task(fleet.start(embedded.free_port()))
        yield fleet
    finally:
        await fleet.end()


async def test_no_answer_is_lost(
    fleet: Fleet, people: People, pool: Pool, database_url: str
) -> None:
    ada, token = await people.sign_in("ada")
    await pool.execute("UPDATE users SET role = 'content_creator' WHERE id = $1", ada.user_id)
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        talkers = await _talkers(http, fleet, people, database_url)
        running = [tasks.create_task(talker.run()) for talker in talkers]
        await _until_acked(talkers, 3)
        for port in list(fleet.nodes):
            uploading = tasks.create_task(_upload(http, fleet.nodes[port].url, token))
            await _until_acked(talkers, 1)
            assert await fleet.replace(port) == 0
            assert await uploading in (201, 202)
            await _until_acked(talkers, 1)
        for talker in talkers:
            talker.silent.set()
        logs = await _settled(pool, talkers)
        for task in running:
            task.cancel()
    found = toll(talkers, logs)
    faults = (found.refused, found.lost_acks, found.lost, found.missing, found.doubled)
    assert (*faults, found.disordered) == (0, 0, 0, 0, 0, 0), found
    assert found.acked > 3 * len(talkers)
    assert sum(len(talker.gaps_s) for talker in talkers) >= len(talkers), "hardly anybody was moved"


async def _talkers(
    http: aiohttp.ClientSession, fleet: Fleet, people: People, database_url: str
) -> list[Talker]:
    talkers = []
    urls = [node.url for node in fleet.nodes.values()]
    async with open_committer(database_url, FEATURES, ROW_STORES, lambda _: None) as committer:
        for room in range(ROOMS):
            signed_in = [await people.sign_in(f"m{room}-{n}") for n in range(MEMBERS)]
            owner, *others = [actor for actor, _ in signed_in]
            members = tuple(actor.user_id for actor in others)
            room_id = await new_room(committer, owner, members=members)
            talkers += [
                Talker(http, urls, token, room_id, pause_s=0.4, polling=n == MEMBERS - 1)
                for n, (_, token) in enumerate(signed_in)
            ]
    return talkers


async def _until_acked(talkers: list[Talker], more: int) -> None:
    """Everybody has been answered so many times again."""
    wanted = {talker: len(talker.acked) + more for talker in talkers}
    await eventually(
        lambda: all(len(talker.acked) >= count for talker, count in wanted.items()), 30
    )


async def _settled(pool: Pool, talkers: list[Talker]) -> Mapping[str, Mapping[str, int]]:
    """The logs, once everybody has heard their ends."""
    await eventually(lambda: all(talker.idle for talker in talkers), 30)
    rows = await pool.fetch("SELECT room_id::text, client_id::text, seq FROM messages")
    logs: dict[str, dict[str, int]] = {talker.room_id: {} for talker in talkers}
    for row in rows:
        logs[row["room_id"]][row["client_id"]] = row["seq"]
    await eventually(lambda: all(max(logs[t.room_id].values()) in t.seqs for t in talkers), 30)
    return logs


async def _upload(http: aiohttp.ClientSession, url: str, token: str) -> int:
    """A song of 400 KB that takes a second to arrive; the status it is answered with."""
    held = io.BytesIO()
    with wave.open(held, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(48_000)
        writer.writeframes(b"\0\0" * 200_000)
    audio = held.getvalue()

    async def slowly() -> AsyncIterator[bytes]:
        for first in range(0, len(audio), 20_000):
            yield audio[first : first + 20_000]
            await asyncio.sleep(0.05)  # pace: of a slow line

    form = aiohttp.FormData({"title": "Under way", "artist": "Ann"}, default_to_multipart=True)
    form.add_field("audio", slowly(), filename="a.wav", content_type="audio/wav")
    headers = {"Authorization": f"Bearer {token}"}
    async with http.post(f"{url}/api/v1/tracks", data=form, headers=headers) as response:
        return response.status

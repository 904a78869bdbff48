"""SIGTERM to a real node: what it was asked is answered, what is new is sent elsewhere (P12)."""

import asyncio
import io
import time
import uuid
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest

from hub.drain import spread_s
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.hub.engine.wire import Wire, open_wire
from tests.nodes import People
from tests.serving import Served, serving

EXIT_WITHIN_S = 10.0


@pytest.fixture
async def node(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(database_url, redis_url, tmp_path) as served:
        yield served


@asynccontextmanager
async def stuck(database_url: str, room_id: str) -> AsyncIterator[None]:
    """Nothing can be said in the room while the block lasts: somebody holds its row."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM streams WHERE id = $1 FOR UPDATE", room_id)
            yield
    finally:
        await connection.close()


async def _ready(http: aiohttp.ClientSession, node: Served) -> int:
    async with http.get(f"{node.url}/readyz") as response:
        return response.status


async def test_what_is_under_way_is_answered_and_what_is_new_is_refused(
    node: Served, people: People, database_url: str
) -> None:
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada, aiohttp.ClientSession() as http:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        async with asyncio.TaskGroup() as tasks, stuck(database_url, room["id"]):
            early = tasks.create_task(ada.say(room["id"], "before the end"))
            await _until_waiting(database_url)
            assert await _ready(http, node) == 200

            node.terminate()
            draining = await ada.wait_for("server:draining")
            assert draining["deadline_ms"] > time.time() * 1000
            assert await _ready(http, node) == 503
            refused = await _refused_call(ada)
            assert (refused["code"], refused["retryable"]) == ("SERVER_DRAINING", True)
            assert refused["retry_after_ms"] > 0
            async with http.get(f"{node.url}/socket.io/?EIO=4&transport=polling") as response:
                assert response.status == 503
            assert not early.done()
        assert early.result()["ok"], early.result()
        await ada.ended()
    assert await node.exit_code(EXIT_WITHIN_S) == 0


async def test_a_socket_is_closed_with_the_code_of_a_restart(node: Served, people: People) -> None:
    _, token = await people.sign_in("ada")
    async with await open_wire(node.port) as wire:
        await wire.connect(f'{{"token":"{token}"}}')
        assert (await wire.event())[0] == "hello"

        node.terminate()

        assert (await wire.event())[0] == "server:draining"
        end = await wire.closed()
        assert (end.code, end.reason) == (1012, "draining")
    assert await node.exit_code(EXIT_WITHIN_S) == 0


async def test_a_polling_client_fetches_its_answer_before_the_node_is_gone(
    node: Served, people: People, database_url: str
) -> None:
    _, token = await people.sign_in("ada")
    url = f"{node.url}/socket.io/?EIO=4&transport=polling"
    async with aiohttp.ClientSession() as http:
        ada = _Poller(http, url)
        await ada.open(token)
        await ada.send(1, "room:create", {"name": "Kitchen"})
        room_id = (await ada.ack(1))["data"]["id"]
        async with stuck(database_url, room_id):
            message = {"room_id": room_id, "client_id": str(uuid.uuid4()), "content": "last words"}
            await ada.send(2, "message:create", message)
            await _until_waiting(database_url)
            node.terminate()
            await ada.heard("server:draining")
        assert (await ada.ack(2))["ok"]
        await ada.closed()
    assert await node.exit_code(EXIT_WITHIN_S) == 0


async def test_a_polling_client_may_be_slow(
    database_url: str, redis_url: str, tmp_path: Path, people: People
) -> None:
    """On a busy machine it comes for its answer seconds after its session has ended."""
    _, token = await people.sign_in("ada")
    async with (
        serving(database_url, redis_url, tmp_path, DRAIN_S="12") as node,
        aiohttp.ClientSession() as http,
    ):
        ada = _Poller(http, f"{node.url}/socket.io/?EIO=4&transport=polling")
        await ada.open(token)
        await ada.send(1, "room:create", {"name": "Kitchen"})
        room_id = (await ada.ack(1))["data"]["id"]
        async with stuck(database_url, room_id):
            message = {"room_id": room_id, "client_id": str(uuid.uuid4()), "content": "last words"}
            await ada.send(2, "message:create", message)
            await _until_waiting(database_url)
            node.terminate()
            await ada.heard("server:draining")
        await asyncio.sleep(5.0)  # pace: of a client that gets a tenth of a core
        assert (await ada.ack(2))["ok"]
        await ada.closed()
        assert await node.exit_code(EXIT_WITHIN_S) == 0


async def test_an_upload_under_way_is_finished(node: Served, people: People, pool: Pool) -> None:
    """It is taken whole; its connection ends with the answer."""
    ada, token = await people.sign_in("ada")
    await pool.execute("UPDATE users SET role = 'content_creator' WHERE id = $1", ada.user_id)
    body = _upload(wav_of_silence(2))
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    await _begin(reader, writer, "/api/v1/tracks", token, len(body))
    writer.write(body[:100_000])

    node.terminate()
    async with aiohttp.ClientSession() as http:
        await _until_refused(http, node)
    assert node.process.poll() is None
    writer.write(body[100_000:])

    async with asyncio.timeout(10):
        answer = await reader.read()
    head, _, said = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 201 ", b"HTTP/1.1 202 ")), answer
    assert b"connection: close" in head.lower()
    assert orjson.loads(said)["success"]
    writer.close()
    assert await node.exit_code(EXIT_WITHIN_S) == 0
    assert await pool.fetchval("SELECT count(*) FROM tracks") == 1


async def test_a_request_that_never_ends_does_not_hold_the_node(node: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    await _begin(reader, writer, "/api/v1/auth/login", "", 100)
    writer.write(b"{")

    node.terminate()

    assert await node.exit_code(EXIT_WITHIN_S) == 0
    writer.close()


@pytest.mark.timeout(120)
async def test_two_thousand_sockets_are_gone_within_ten_seconds(
    database_url: str, redis_url: str, tmp_path: Path, people: People
) -> None:
    """Staged, each with its word, and the node ends in time."""
    tokens = [(await people.sign_in(f"p{n}"))[1] for n in range(20)]
    async with serving(database_url, redis_url, tmp_path, LIMITS="off") as node:
        wires: list[Wire] = []
        for first in range(0, 2_000, 100):
            wires += await asyncio.gather(
                *(_connect(node, tokens[(first + n) % 20]) for n in range(100))
            )
        ends = [asyncio.create_task(_end(wire)) for wire in wires]
        node.terminate()
        began_s = time.monotonic()
        code = await node.exit_code(EXIT_WITHIN_S)
        took_s = time.monotonic() - began_s
        found = await asyncio.gather(*ends)
    assert code == 0
    assert {code for code, _ in found} == {1012}
    times = sorted(at_s - began_s for _, at_s in found)
    assert times[-1] - times[0] > 0.5, "not staged"
    assert took_s < EXIT_WITHIN_S


async def _connect(node: Served, token: str) -> Wire:
    wire = await open_wire(node.port)
    await wire.connect(f'{{"token":"{token}"}}')
    return wire


async def _end(wire: Wire) -> tuple[int | None, float]:
    async with asyncio.timeout(20):
        while True:
            try:
                end = await wire.closed()
            except TimeoutError:
                continue
            at_s = time.monotonic()
            wire.writer.close()
            return end.code, at_s


async def _until_waiting(database_url: str) -> None:
    """Until a transaction of the node waits for the row that the test holds."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    connection = await asyncpg.connect(database_url)
    try:
        await eventually(lambda: connection.fetchval(query), 5)
    finally:
        await connection.close()


async def _refused_call(client: HubClient) -> dict[str, Any]:
    """The first refusal of a call: until its turn a socket works as ever."""

    async def refusal() -> dict[str, Any] | None:
        return (await client.call("clock:ping", {"t0": 1.0})).get("error")

    error: dict[str, Any] | None = await eventually(refusal, 5)
    assert error is not None
    return error


async def _until_refused(http: aiohttp.ClientSession, node: Served) -> None:
    """Until nobody new gets in: not ready, or not even listening."""

    async def is_refused() -> bool:
        try:
            return await _ready(http, node) == 503
        except aiohttp.ClientError:
            return True

    await eventually(is_refused, 5)


async def _begin(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, token: str, size: int
) -> None:
    """Sends the head of a POST; returns once the node has begun with it."""
    writer.write(
        b"POST %b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Type: %b\r\nAuthorization: Bearer %b\r\nContent-Length: %d\r\n\r\n"
        % (path.encode(), MULTIPART if "tracks" in path else JSON, token.encode(), size)
    )
    async with asyncio.timeout(5):
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"


JSON = b"application/json"
MULTIPART = b"multipart/form-data; boundary=edge"


def _upload(audio: bytes) -> bytes:
    fields = (
        b'--edge\r\nContent-Disposition: form-data; name="title"\r\n\r\nLast\r\n'
        b'--edge\r\nContent-Disposition: form-data; name="artist"\r\n\r\nAnn\r\n'
        b'--edge\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n'
        b"Content-Type: audio/wav\r\n\r\n"
    )
    return fields + audio + b"\r\n--edge--\r\n"


def wav_of_silence(seconds: int) -> bytes:
    """16-bit mono at 48 kHz."""
    held = io.BytesIO()
    with wave.open(held, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(48_000)
        writer.writeframes(b"\0\0" * 48_000 * seconds)
    return held.getvalue()


class _Poller:
    """A long-polling client."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._packets: list[str] = []

    async def open(self, token: str) -> None:
        async with self._http.get(self._url) as response:
            self._url += f"&sid={orjson.loads((await response.text())[1:])['sid']}"
        await self._post(f'40{{"token":"{token}"}}')
        await self.heard("hello")

    async def send(self, ack_id: int, name: str, payload: object) -> None:
        await self._post(f"42{ack_id}{orjson.dumps([name, payload]).decode()}")

    async def ack(self, ack_id: int) -> Any:
        head = f"43{ack_id}["
        found = await self._find(head)
        return orjson.loads(found[len(head) - 1 :])[0]

    async def heard(self, name: str) -> None:
        await self._find(f'42["{name}"')

    async def closed(self) -> None:
        assert await self._find("1") == "1"

    async def _post(self, body: str) -> None:
        async with self._http.post(self._url, data=body) as response:
            assert (response.status, await response.text()) == (200, "ok")

    async def _find(self, head: str) -> str:
        async with asyncio.timeout(10):
            while not (found := [one for one in self._packets if one.startswith(head)]):
                async with self._http.get(self._url) as response:
                    assert response.status == 200, await response.text()
                    self._packets += (await response.text()).split("\x1e")
                if "2" in self._packets:
                    await self._post("3")
        return found[0]


@pytest.mark.parametrize(
    ("sockets", "within_s", "over_s"),
    [
        (0, 6, 0),
        (1, 6, 0.01),
        (67, 6, 0.67),
        (1_500, 6, 2),
        (2_500, 6, 2.5),
        (9_000, 6, 3),
        (9, 0, 0),
    ],
)
def test_few_are_sent_away_gently_and_many_in_time(
    sockets: int, within_s: float, over_s: float
) -> None:
    assert spread_s(sockets, within_s) == pytest.approx(over_s)

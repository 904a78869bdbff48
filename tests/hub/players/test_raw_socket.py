"""The raw stream socket: let in by a ticket, paced by the position, and hard to upset."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import numpy as np
import orjson
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from msgspec import Struct

from hub.players.raw_listener import PACE, Pace, line_bps
from hub.players.raw_socket import mount
from rooms.feature import Actor
from storage.accounts.tickets import Tickets
from storage.backends import Pool
from tests.media.signals import offset_samples, read_audio
from tests.nodes import OpenNode, People, RunningNode
from tests.songs import Song

WAIT_S = 10.0


class Stream:
    """A client of the raw socket."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.data: list[bytes] = []
        """Of the chunks so far."""

    async def say(self, kind: str, **fields: Any) -> None:
        await self.socket.send_str(orjson.dumps({"type": kind, **fields}).decode())

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of that kind; chunks on the way are kept."""
        async with asyncio.timeout(WAIT_S):
            while True:
                message = await self.socket.receive()
                assert message.type == WSMsgType.TEXT, message
                said: dict[str, Any] = orjson.loads(message.data)
                if said["type"] == "chunk":
                    self.data.append(await self._data_of(said))
                if said["type"] == kind:
                    return said

    async def closed(self) -> int | None:
        """The code that the hub closes with, whatever it says before."""
        async with asyncio.timeout(WAIT_S):
            while (await self.socket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                pass
        return self.socket.close_code

    async def _data_of(self, chunk: dict[str, Any]) -> bytes:
        if "data" in chunk:
            return base64.b64decode(chunk["data"])
        binary = await self.socket.receive()
        assert binary.type == WSMsgType.BINARY
        assert len(binary.data) == chunk["size"]
        return bytes(binary.data)


class Stage(Struct, frozen=True):
    """A node with a song, and somebody who may ask for tickets."""

    node: RunningNode
    url: str
    http: ClientSession
    ada: Actor
    tickets: Tickets
    pool: Pool
    track_id: str

    async def ticket(self) -> str:
        sql = "SELECT id::text FROM sessions WHERE user_id = $1"
        return await self.tickets.issue(
            self.ada.user_id, await self.pool.fetchval(sql, self.ada.user_id)
        )

    @asynccontextmanager
    async def stream(self, path: str = "/ws", **query: str) -> AsyncIterator[Stream]:
        params = {"track_id": self.track_id} | query
        if "token" not in params:
            params["token"] = await self.ticket()
        async with self.http.ws_connect(self.url + path, params=params) as socket:
            yield Stream(socket)


@pytest.fixture
def pace() -> Pace:
    """The product's; tests that cannot wait for it have their own."""
    return PACE


@pytest.fixture
async def stage(
    open_one: OpenNode, people: People, song: Song, pool: Pool, pace: Pace
) -> AsyncIterator[Stage]:
    node = await open_one()
    ada, _ = await people.sign_in("ada")
    track_id = await song.publish(node.node.backends, ada, is_public=False)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession())
        url = node.url
        if pace is not PACE:
            url = await stack.enter_async_context(at_a_pace(node, pace))
        yield Stage(node, url, http, ada, Tickets(pool), pool, track_id)


@asynccontextmanager
async def at_a_pace(node: RunningNode, pace: Pace) -> AsyncIterator[str]:
    """The node's raw stream socket, with a pace of its own, on a port of its own."""
    app = web.Application()
    mount(app, node.node, pace)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("path", ["/ws", "/stream"])
@pytest.mark.parametrize("binary", ["0", "1"])
async def test_a_track_is_streamed_from_its_start_to_its_end(
    stage: Stage, song: Song, path: str, binary: str
) -> None:
    async with stage.stream(path, binary=binary, quality="lossless") as stream:
        ready = await stream.hear("ready")
        assert ready["duration"] == 13.0
        assert len(ready["bitrates"]) == 4
        await stream.say("play", position=0)
        chunk = await stream.hear("chunk")
        assert (chunk["position"], chunk["index"]) == (0.0, 0)
        while not chunk.get("last") or chunk.get("part", 0) + 1 < chunk.get("parts", 1):
            chunk = await stream.hear("chunk")
        assert np.array_equal(read_audio(b"".join(stream.data)), song.samples)


async def test_one_codec_for_a_whole_track(stage: Stage, song: Song) -> None:
    async with stage.stream() as stream:
        assert (await stream.hear("ready"))["bitrates"] == [64, 128, 256]
        await stream.say("play", position=0)
        while not (await stream.hear("chunk")).get("last"):
            pass
        assert offset_samples(read_audio(stream.data[0] + stream.data[1]), song.samples) == 0


@pytest.mark.parametrize("pace", [Pace(ahead_ms=3_000)])
async def test_only_a_few_chunks_ahead_of_the_position_are_sent(stage: Stage) -> None:
    async with stage.stream(position="4.5") as stream:
        await stream.hear("ready")
        await stream.say("play")
        assert (await stream.hear("chunk"))["index"] == 1
        # Chunk 2 starts at 7,988 ms: it is sent half a second later, when 4,988 ms have come.
        await stream.say("sync", position=4.5)
        assert await stream.hear("sync_ack") == {"type": "sync_ack", "position": 4.5}
        assert len(stream.data) == 1
        await stream.say("sync", position=5.0)
        assert (await stream.hear("chunk"))["index"] == 2


async def test_pause_holds_and_seek_moves(stage: Stage) -> None:
    async with stage.stream(quality="low") as stream:
        await stream.hear("ready")
        await stream.say("seek", position=12.5)
        await stream.say("pause")
        await stream.say("sync", position=12.5)
        await stream.hear("sync_ack")
        assert stream.data == []
        await stream.say("play")
        chunk = await stream.hear("chunk")
        assert (chunk["index"], chunk["last"], bool(chunk["init"])) == (3, True, True)
        await stream.say("seek", position=0)
        assert (await stream.hear("chunk"))["index"] == 0


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('{"type": "play", "position": -5}', "BAD_POSITION"),
        ('{"type": "play", "position": 13}', "BAD_POSITION"),
        ('{"type": "seek", "position": 1e300}', "BAD_POSITION"),
        ('{"type": "seek", "position": "12"}', "BAD_POSITION"),
        ('{"type": "seek"}', "BAD_POSITION"),
        ('{"type": "sync", "position": 14}', "BAD_POSITION"),
        ('{"type": "seek", "position": NaN}', "BAD_COMMAND"),
        ('{"type": "dance"}', "BAD_COMMAND"),
        ('{"position": 1}', "BAD_COMMAND"),
        ("[]", "BAD_COMMAND"),
        ("", "BAD_COMMAND"),
        ("[" * 3_000, "BAD_COMMAND"),
    ],
)
async def test_what_makes_no_sense_is_answered_and_the_socket_stays(
    stage: Stage, said: str, code: str
) -> None:
    async with stage.stream() as stream:
        await stream.hear("ready")
        await stream.socket.send_str(said)
        assert (await stream.hear("error"))["code"] == code
        await stream.say("play", position=0)
        assert (await stream.hear("chunk"))["index"] == 0


async def test_a_binary_command_is_none(stage: Stage) -> None:
    async with stage.stream() as stream:
        await stream.hear("ready")
        await stream.socket.send_bytes(b"\x00\xff")
        assert (await stream.hear("error"))["code"] == "BAD_COMMAND"
        await stream.say("error", message="my decoder fell over")
        await stream.say("heartbeat")
        await stream.say("sync", position=1)
        await stream.hear("sync_ack")


async def test_a_position_in_the_address_that_is_none_is_said_so(stage: Stage) -> None:
    for position in ("-1", "99", "nan", "1e3"):
        async with stage.stream(position=position) as stream:
            await stream.hear("ready")
            assert (await stream.hear("error"))["code"] == "BAD_POSITION"
            await stream.say("play")
            assert (await stream.hear("chunk"))["index"] == 0


async def test_a_ticket_works_once_and_not_for_long(stage: Stage) -> None:
    ticket = await stage.ticket()
    async with stage.stream(token=ticket) as stream:
        await stream.hear("ready")
    old = await stage.ticket()
    await stage.pool.execute("UPDATE stream_tickets SET expires_at = now() - interval '1 s'")
    for token in (ticket, old, "", "x" * 5_000, "eyJhbGciOiJIUzI1NiJ9.e30.x"):
        async with stage.stream(token=token) as stream:
            assert (await stream.hear("error"))["code"] == "UNAUTHORIZED"
            assert await stream.closed() == 1008


async def test_a_track_of_somebody_else_or_none_at_all_is_refused(
    stage: Stage, people: People
) -> None:
    bob, _ = await people.sign_in("bob")
    session = await stage.pool.fetchval(
        "SELECT id::text FROM sessions WHERE user_id = $1", bob.user_id
    )
    token = await stage.tickets.issue(bob.user_id, session)
    async with stage.stream(token=token) as stream:
        assert (await stream.hear("error"))["code"] == "UNAUTHORIZED"
        assert await stream.closed() == 1008
    for track_id in ("", "../x", "00000000-0000-0000-0000-000000000001", "9" * 30):
        async with stage.stream(track_id=track_id) as stream:
            assert (await stream.hear("error"))["code"] == "TRACK_NOT_FOUND"
            assert await stream.closed() == 1008
    await stage.pool.execute("UPDATE tracks SET stream_status = 'processing'")
    async with stage.stream() as stream:
        assert (await stream.hear("error"))["code"] == "TRACK_NOT_READY"
        assert await stream.closed() == 1013


@pytest.mark.parametrize("pace", [Pace(check_every_s=0.05)])
async def test_who_may_hear_is_asked_again(stage: Stage) -> None:
    async with stage.stream() as stream:
        await stream.hear("ready")
        await stage.pool.execute("UPDATE sessions SET revoked_at = now()")
        assert (await stream.hear("error"))["code"] == "UNAUTHORIZED"
        assert await stream.closed() == 1008


@pytest.mark.parametrize("pace", [Pace(heartbeat_s=0.3)])
async def test_who_says_nothing_is_let_go(stage: Stage) -> None:
    async with stage.stream() as stream:
        await stream.hear("ready")
        assert await stream.closed() == 1001


async def test_files_that_are_gone_are_said_so(stage: Stage) -> None:
    async with stage.stream() as stream:
        await stream.hear("ready")
        await stage.node.node.backends.objects.delete_prefix(f"tracks/{stage.track_id}/1/")
        await stream.say("play")
        assert (await stream.hear("error"))["code"] == "TRACK_NOT_FOUND"
        assert await stream.closed() == 1008


async def test_a_flood_of_commands_is_refused_and_a_huge_one_ends_the_socket(
    stage: Stage,
) -> None:
    async with stage.stream() as stream:
        await stream.hear("ready")
        for _ in range(30):
            await stream.say("heartbeat")
        assert (await stream.hear("error"))["code"] == "RATE_LIMITED"
    async with stage.stream() as stream:
        await stream.hear("ready")
        await stream.socket.send_str("x" * 5_000)
        assert await stream.closed() == 1009


async def test_four_at_once_and_no_more(stage: Stage) -> None:
    async with stage.stream() as a, stage.stream() as b, stage.stream() as c, stage.stream() as d:
        for stream in (a, b, c, d):
            await stream.hear("ready")
        async with stage.stream() as stream:
            assert (await stream.hear("error"))["code"] == "RATE_LIMITED"
            assert await stream.closed() == 1013
        await d.socket.close()
    async with stage.stream() as stream:
        await stream.hear("ready")


async def test_no_ticket_stands_in_a_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    ticket = await stage.ticket()
    with caplog.at_level(logging.DEBUG):
        async with stage.stream(token=ticket) as stream:
            await stream.hear("ready")
            await stream.say("dance")
            await stream.hear("error")
    ours = [record for record in caplog.records if not record.name.startswith("asyncio")]
    assert not [record for record in ours if ticket in record.getMessage() + str(vars(record))]


def test_a_line_is_as_quick_as_what_it_carried() -> None:
    assert line_bps(5_000, 1.0) == 40_000
    assert line_bps(125, 0.0) == 1_000_000


async def test_it_is_no_page(stage: Stage) -> None:
    async with stage.http.get(stage.node.url + "/ws") as answer:
        assert answer.status == 426


@pytest.mark.parametrize("pace", [Pace(line_bps=lambda _size_bytes, _elapsed_s: 40_000)])
async def test_a_slow_listener_gets_a_lower_rung(stage: Stage) -> None:
    """What the socket takes is what is measured: 40 kbit/s carry no rung but the lowest."""
    async with stage.stream() as stream:
        await stream.hear("ready")
        await stream.say("play")
        bitrates = []
        while True:
            chunk = await stream.hear("chunk")
            bitrates.append(chunk["bitrate"])
            if chunk.get("last"):
                break
    assert bitrates == [128, 64, 64, 64]

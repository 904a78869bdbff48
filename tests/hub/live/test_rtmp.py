"""Going live by RTMP: a whole hub, nginx-rtmp in front of it, real publishers, a real listener."""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import Struct

from storage import embedded
from tests.client import connected
from tests.eventually import eventually
from tests.listener import Listener, loudest_hz
from tests.media.publishers import publishing
from tests.people import fresh_id
from tests.rtmp import ffmpeg_publishes, pyav_publishes, rtmp_server
from tests.running import RunningHub, run_hub

DEADLINE_S = 40.0
"""The grace is 15 s, and a recording is looked for every 2 s."""
API = "/api/v1"
STREAMS = "/live/streams"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class Town(Struct, frozen=True):
    """A hub with an RTMP server in front."""

    hub: RunningHub
    rtmp_url: str
    secret: str
    folder: Path

    @property
    def url(self) -> str:
        return self.hub.url


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("rtmp")
    secret = secrets.token_urlsafe(32)
    port = embedded.free_port()
    environment = {
        "RTMP_CALLBACK_SECRET": secret,
        "RTMP_PULL_URL": f"rtmp://127.0.0.1:{port}/live/{{key}}",
    }
    with (
        run_hub(folder / "hub", **environment) as hub,
        rtmp_server(folder, port, hub.url, secret) as rtmp_url,
    ):
        yield Town(hub, rtmp_url, secret, folder)


class Broadcaster:
    """An account with a stream key, and what its owner asks over REST."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.name = f"ada{secrets.token_hex(4)}"
        self.token = ""
        self.key = ""

    async def register(self) -> None:
        body = {
            "username": self.name,
            "email": f"{self.name}@veza.example",
            "password": "correct horse battery staple",
        }
        self.token = (await self.call("POST", "/auth/register", body))["access_token"]
        self.key = (await self.call("POST", f"{STREAMS}/me/key/regenerate"))["key"]

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.http.request(
            method, f"{self.url}{API}{path}", json=body, headers=headers
        ) as answer:
            said = await answer.json()
        assert said["success"], said
        return said["data"]

    async def newest(self, **wanted: Any) -> Any:
        """His newest broadcast, once it is as wanted."""

        async def found() -> Any:
            lives = await self.call("GET", f"{STREAMS}/me")
            if lives and all(lives[0][name] == value for name, value in wanted.items()):
                return lives[0]
            return None

        return await eventually(found, DEADLINE_S, each_s=0.1)


@pytest.fixture
async def ada(town: Town) -> AsyncIterator[Broadcaster]:
    async with aiohttp.ClientSession() as http:
        ada = Broadcaster(http, town.url)
        await ada.register()
        yield ada


@asynccontextmanager
async def listening(ada: Broadcaster, live: Any) -> AsyncIterator[Listener]:
    """A listener of a broadcast, at work while the block lasts."""
    url = f"{ada.url}{live['stream_url'].rpartition('/')[0]}"
    async with asyncio.TaskGroup() as tasks:
        listener = Listener(ada.http, url)
        following = tasks.create_task(listener.follow())
        async with asyncio.timeout(DEADLINE_S * 2):
            yield listener
        following.cancel()


async def test_a_broadcast_survives_a_lost_publisher_and_becomes_a_track(
    town: Town, ada: Broadcaster
) -> None:
    address = f"{town.rtmp_url}/{ada.key}"
    with ffmpeg_publishes(address, 440.0, town.folder) as publishing:
        live = await ada.newest(status="live")
        assert live["title"] == f"{ada.name} live"
        async with listening(ada, live) as listener:
            await listener.wait_for(4)
            assert abs(loudest_hz(listener.heard()[-48_000:]) - 440.0) < 3.0
            publishing.process.kill()
            await ada.newest(status="interrupted")
            with pyav_publishes(address, 880.0, town.folder):
                await ada.newest(status="live", id=live["id"])
                await listener.wait_for(4)
                heard = listener.heard()
                assert abs(loudest_hz(heard[-48_000:]) - 880.0) < 3.0
            sequences = [each.sequence for each, _ in listener.segments]
            assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
            # Silence in between, and one unbroken run of an encoder: no discontinuity.
            assert len(listener.inits) == 1
            await ada.newest(status="interrupted")
            ended = await ada.newest(status="ended", is_vod=True)
            await eventually(lambda: listener.has_ended, DEADLINE_S)

    async def is_a_track() -> bool:
        track = await ada.call("GET", f"/tracks/{ended['recording_track_id']}/status")
        return bool(track["status"] == "completed")

    await eventually(is_a_track, DEADLINE_S, each_s=0.2)
    logs = "".join(log.read_text() for log in (town.hub.data / "logs").iterdir())
    assert "rtmp.accepted" in logs
    assert ada.key not in logs
    assert town.secret not in logs


async def test_a_wrong_key_is_refused(town: Town, ada: Broadcaster) -> None:
    wrong = ada.key[:-1] + ("A" if ada.key[-1] != "A" else "B")
    for key in (wrong, "nonsense", "live_"):
        with pyav_publishes(f"{town.rtmp_url}/{key}", 440.0, town.folder) as publishing:
            assert publishing.is_cut_off(), key
    assert await ada.call("GET", f"{STREAMS}/me") == []


async def test_a_server_with_a_wrong_secret_is_refused(town: Town, ada: Broadcaster) -> None:
    folder = town.folder / "wrong"
    folder.mkdir()
    port = embedded.free_port()
    with (
        rtmp_server(folder, port, town.url, "another-secret-of-some-length") as url,
        pyav_publishes(f"{url}/{ada.key}", 440.0, folder) as publishing,
    ):
        assert publishing.is_cut_off()
    assert await ada.call("GET", f"{STREAMS}/me") == []


async def test_who_ends_his_broadcast_is_not_put_on_air_again(town: Town, ada: Broadcaster) -> None:
    live = await ada.call("POST", STREAMS, {"title": "Friday night"})
    address = f"{town.rtmp_url}/{ada.key}"
    with pyav_publishes(address, 440.0, town.folder) as publishing:
        assert (await ada.newest(status="live"))["id"] == live["id"]
        await end(town, ada, live)
        assert publishing.is_cut_off(), "on_update has it cut off"
    with pyav_publishes(address, 440.0, town.folder) as publishing:
        assert publishing.is_cut_off(), "a program that tries again by itself"
    assert (await ada.newest(id=live["id"]))["status"] == "ended"
    other = await ada.call("POST", STREAMS, {"title": "Saturday night"})
    with pyav_publishes(address, 440.0, town.folder):
        await ada.newest(status="live", id=other["id"])


async def test_who_goes_on_in_the_browser_is_not_pushed_out_by_his_own_program(
    town: Town, ada: Broadcaster
) -> None:
    address = f"{town.rtmp_url}/{ada.key}"
    with pyav_publishes(address, 440.0, town.folder) as program:
        live = await ada.newest(status="live")
        async with publishing(ada.http, ada.url, live["id"], ada.key, 880.0):
            assert await asyncio.to_thread(program.is_cut_off)
            with pyav_publishes(address, 440.0, town.folder) as again:
                assert await asyncio.to_thread(again.is_cut_off), "it tries again by itself"
            async with listening(ada, live) as listener:
                await listener.wait_for(3)
                assert abs(loudest_hz(listener.heard()[-48_000:]) - 880.0) < 3.0
    await ada.newest(status="interrupted")
    with pyav_publishes(address, 440.0, town.folder):
        await ada.newest(status="live", id=live["id"])


async def test_an_ingest_that_died_takes_the_broadcast_up_again(
    town: Town, ada: Broadcaster
) -> None:
    with ffmpeg_publishes(f"{town.rtmp_url}/{ada.key}", 440.0, town.folder):
        live = await ada.newest(status="live")
        async with listening(ada, live) as listener:
            await listener.wait_for(2)
            [pid] = town.hub.pids("ingest")
            os.kill(pid, signal.SIGKILL)
            takes = len(listener.inits)
            while len(listener.inits) == takes:
                await listener.wait_for(1)
            await listener.wait_for(2)
            assert [each.discontinuity for each, _ in listener.segments].count(True) == 1
            assert abs(loudest_hz(listener.heard()[-48_000:]) - 440.0) < 3.0


async def end(town: Town, ada: Broadcaster, live: Any) -> None:
    """As its room's page does."""
    from tests.client import connected
    from tests.people import fresh_id

    async with connected(town.url, ada.token) as socket:
        await socket.ok(
            "live:end", {"room_id": live["room_id"], "op_id": fresh_id(), "live_id": live["id"]}
        )


async def test_who_is_put_out_of_the_room_is_cut_off(town: Town, ada: Broadcaster) -> None:
    eve = Broadcaster(ada.http, town.url)
    await eve.register()
    async with connected(town.url, eve.token) as owner, connected(town.url, ada.token) as caster:
        room = await owner.ok("room:create", {"name": "Kitchen", "type": "public"})
        await caster.ok("room:join", {"room_id": room["id"]})
        announced = {"room_id": room["id"], "op_id": fresh_id(), "title": "Friday night"}
        live = await caster.ok("live:create", announced)
        address = f"{town.rtmp_url}/{ada.key}"
        with pyav_publishes(address, 440.0, town.folder) as publishing:
            await ada.newest(status="live", id=live["id"])
            await owner.ok("member:remove", {"room_id": room["id"], "user_id": live["user_id"]})
            assert await asyncio.to_thread(publishing.is_cut_off), "on_update has it cut off"
            await ada.newest(status="interrupted", id=live["id"])

"""How soon and how late a broadcast is heard: `python -m loadtests.live_latency [--reps 5]`.

A whole hub (`veza up`), nginx-rtmp in front of it. A publisher sends a soft tone that is loud in
the first second of every four, by the clock: by WebRTC (aiortc, Opus) or by RTMP (PyAV, AAC). A
listener asks for the playlist ten times a second, takes what is new and decodes it. Printed are the
time from going live to the first sound that a listener holds, and how old the beginning of each
loud second is when he holds it. What a player keeps in reserve comes on top.
"""

import argparse
import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
import aioice.ice
import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av.audio.frame import AudioFrame
from msgspec import Struct
from numpy.typing import NDArray

from storage import embedded
from tests.listener import decoded, read_playlist
from tests.rtmp import rtmp_server
from tests.running import RunningHub, run_hub

RATE_HZ = 48_000
PERIOD_S = 4
LOUD, SOFT = 0.6, 0.05
EVERY_S = 0.1
ONSETS = 5
"""Of one broadcast."""
SECRET = "of-this-run-alone-on-loopback"  # noqa: S105 -- guards nothing beyond the run
WITHIN_S = 60.0


class Heard(Struct, frozen=True):
    """One broadcast."""

    first_s: float
    onsets_ms: list[float]


Publish = Callable[["Account"], AbstractAsyncContextManager[None]]


class Account:
    """Who goes live."""

    def __init__(self, http: aiohttp.ClientSession, url: str, rtmp_url: str) -> None:
        self.http, self.url, self.rtmp_url = http, url, rtmp_url
        self.key = ""
        self.live: Any = None

    async def register(self, name: str) -> None:
        """A new account with a stream key."""
        body = {"username": name, "email": f"{name}@veza.example", "password": "a load test's 1"}
        token = (await self._post("/auth/register", body))["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        self.key = (await self._post("/live/streams/me/key/regenerate", None))["key"]

    async def announce(self) -> None:
        """A broadcast in a room of its own."""
        self.live = await self._post("/live/streams", {"title": "Latency"})

    async def _post(self, path: str, body: Any) -> Any:
        async with self.http.post(f"{self.url}/api/v1{path}", json=body) as answer:
            said = await answer.json()
        assert said["success"], said
        return said["data"]


def sound(start_wall_s: float, first: int, count: int) -> NDArray[np.float32]:
    """The samples `first` … of a broadcast that began then."""
    at = np.arange(first, first + count) / RATE_HZ
    is_loud = np.mod(start_wall_s + at, PERIOD_S) < 1
    wave = np.sin(2 * np.pi * 440 * at) * np.where(is_loud, LOUD, SOFT)
    return wave.astype(np.float32)


class Pulses(MediaStreamTrack):
    """The sound in frames of 20 ms, each when its time has come."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._start_s = time.time()
        self._sent = 0

    async def recv(self) -> AudioFrame:
        """The next frame."""
        await asyncio.sleep(max(0.0, self._start_s + self._sent / RATE_HZ - time.time()))
        wave = (sound(self._start_s, self._sent, 960) * 32_767).astype(np.int16)
        frame = AudioFrame.from_ndarray(np.repeat(wave, 2).reshape(1, -1), "s16", "stereo")
        frame.sample_rate = RATE_HZ
        frame.pts, frame.time_base = self._sent, Fraction(1, RATE_HZ)
        self._sent += 960
        return frame


@asynccontextmanager
async def by_whip(account: Account) -> AsyncIterator[None]:
    """Publishes by WebRTC while the block lasts."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        peer.addTrack(Pulses())
        await peer.setLocalDescription(await peer.createOffer())
        headers = {"Authorization": f"Bearer {account.key}", "Content-Type": "application/sdp"}
        url = f"{account.url}/whip/{account.live['id']}"
        offer = peer.localDescription.sdp
        async with account.http.post(url, data=offer, headers=headers) as response:
            assert response.status == 201, await response.text()
            answer = await response.text()
        await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        yield
    finally:
        await peer.close()


@asynccontextmanager
async def by_rtmp(account: Account) -> AsyncIterator[None]:
    """Publishes by RTMP while the block lasts."""
    over = threading.Event()
    sending = asyncio.create_task(asyncio.to_thread(_send, account, over))
    try:
        yield
    finally:
        over.set()
        await sending


def _send(account: Account, over: threading.Event) -> None:
    with av.open(f"{account.rtmp_url}/{account.key}", "w", format="flv") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="stereo")
        stream.bit_rate = 128_000
        start_s, sent = time.time(), 0
        while not over.wait(max(0.0, start_s + sent / RATE_HZ - time.time())):
            wave = sound(start_s, sent, 1_024)
            frame = AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
            frame.sample_rate, frame.pts = RATE_HZ, sent
            container.mux(stream.encode(frame))
            sent += 1_024


async def listen(account: Account, publish: Publish) -> Heard:
    """Goes live, and hears it."""
    await account.announce()
    url = f"{account.url}/live/{account.live['id']}"
    onsets_ms: list[float] = []
    first_s, last = None, -1
    before: list[bytes] = []
    began_s = time.time()
    async with asyncio.timeout(WITHIN_S), publish(account):
        while len(onsets_ms) < ONSETS:
            for each in await _listed(account, f"{url}/playlist.m3u8"):
                if each.sequence <= last:
                    continue
                last = each.sequence
                data = await _read(account, f"{url}/{each.name}")
                here_s = time.time()
                init = await _read(account, f"{url}/{each.init}")
                wave = _left(b"".join([init, *before, data]))
                if first_s is None and np.abs(wave).max() > SOFT / 2:
                    first_s = here_s - began_s
                start = len(_left(init + before[0])) if before else 0
                # Each loud second begins when the clock says so: what it says now is its age.
                onsets_ms += [here_s % PERIOD_S * 1_000 for _ in _onsets(wave, start)]
                before = [data]
            await asyncio.sleep(EVERY_S)
    assert first_s is not None
    return Heard(first_s, onsets_ms)


async def _listed(account: Account, url: str) -> Any:
    async with account.http.get(url) as answer:
        return read_playlist(await answer.text()) if answer.status == 200 else []


async def _read(account: Account, url: str) -> bytes:
    async with account.http.get(url) as answer:
        assert answer.status == 200
        return await answer.read()


def _left(body: bytes) -> NDArray[np.float32]:
    pieces = [frame.to_ndarray()[0] for frame in decoded(body)]
    return np.concatenate(pieces).astype(np.float32)


def _onsets(wave: NDArray[np.float32], start: int) -> NDArray[np.intp]:
    """Where it becomes loud, from `start` on; looked at in blocks of 5 ms."""
    block = RATE_HZ // 200
    levels = np.abs(wave[: len(wave) // block * block]).reshape(-1, block).max(axis=1)
    is_loud = levels > (LOUD + SOFT) / 2
    rises = np.flatnonzero(is_loud[1:] & ~is_loud[:-1]) + 1
    return rises[rises * block >= start]


async def measure(hub: RunningHub, rtmp_url: str, reps: int) -> dict[str, list[Heard]]:
    """Broadcast after broadcast, each way in turn."""
    found: dict[str, list[Heard]] = {"WHIP": [], "RTMP": []}
    for number in range(reps):
        for name, publish in (("WHIP", by_whip), ("RTMP", by_rtmp)):
            async with aiohttp.ClientSession() as http:
                account = Account(http, hub.url, rtmp_url)
                await account.register(f"{name.lower()}{number}")
                found[name].append(await listen(account, publish))
    return found


def main() -> None:
    """Prints a line for each way in."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.live_latency", description=__doc__)
    parser.add_argument("--reps", type=int, default=5, help="broadcasts each way")
    reps = parser.parse_args().reps
    # aioice leaves 127.0.0.1 out, and this is all on one machine.
    aioice.ice.get_host_addresses = lambda *_args, **_kwargs: ["127.0.0.1"]
    port = embedded.free_port()
    settings = {
        "RTMP_CALLBACK_SECRET": SECRET,
        "RTMP_PULL_URL": f"rtmp://127.0.0.1:{port}/live/{{key}}",
    }
    with tempfile.TemporaryDirectory(prefix="veza-latency-") as name:
        folder = Path(name)
        with (
            run_hub(folder / "hub", **settings) as hub,
            rtmp_server(folder, port, hub.url, SECRET) as rtmp_url,
        ):
            found = asyncio.run(measure(hub, rtmp_url, reps))
    for way, heard in found.items():
        firsts = [each.first_s for each in heard]
        onsets = sorted(onset for each in heard for onset in each.onsets_ms)
        percentiles = statistics.quantiles(onsets, n=20)
        print(
            f"{way}: first sound after {statistics.median(firsts):.2f} s"
            f" [{min(firsts):.2f}..{max(firsts):.2f}]; held by a listener"
            f" p50 {statistics.median(onsets):,.0f} ms, p95 {percentiles[-1]:,.0f} ms after it was"
            f" made ({len(onsets)} onsets)"
        )


if __name__ == "__main__":
    main()

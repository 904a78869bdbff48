"""Who goes live in loadtests/live_latency.py: by WebRTC or RTMP, with a sound that tells time."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

import aiohttp
import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

RATE_HZ = 48_000
PERIOD_S = 3.7
"""No multiple of a segment, so that loud seconds begin anywhere in one."""
LOUD, SOFT = 0.6, 0.05


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

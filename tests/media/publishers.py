"""A WHIP publisher for tests: a real aiortc peer that sends a tone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction

import aiohttp
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av.audio.frame import AudioFrame

RATE_HZ = 48_000
PACKET = 960


class ToneTrack(MediaStreamTrack):
    """A sine in real time, 20 ms a frame."""

    kind = "audio"

    def __init__(self, frequency_hz: float) -> None:
        super().__init__()
        self._frequency_hz = frequency_hz
        self._sent = 0
        self._start_s: float | None = None

    async def recv(self) -> AudioFrame:
        now_s = asyncio.get_running_loop().time()
        if self._start_s is None:
            self._start_s = now_s
        # pace: of sound
        await asyncio.sleep(max(0.0, self._start_s + self._sent / RATE_HZ - now_s))
        at = (np.arange(PACKET) + self._sent) / RATE_HZ
        wave = (np.sin(2 * np.pi * self._frequency_hz * at) * 12_000).astype(np.int16)
        stereo = np.repeat(wave, 2).reshape(1, -1)
        frame = AudioFrame.from_ndarray(stereo, format="s16", layout="stereo")
        frame.sample_rate = RATE_HZ
        frame.pts = self._sent
        frame.time_base = Fraction(1, RATE_HZ)
        self._sent += PACKET
        return frame


class Publisher:
    """One session: its answer's headers, and the peer."""

    def __init__(
        self, peer: RTCPeerConnection, offer: str, session_url: str, etag: str, answer: str
    ) -> None:
        self.peer = peer
        self.offer = offer
        self.session_url = session_url
        self.etag = etag
        self.answer = answer


async def offer_of(peer: RTCPeerConnection, frequency_hz: float = 440.0) -> str:
    """The offer of a peer that wants to send a tone."""
    peer.addTrack(ToneTrack(frequency_hz))
    await peer.setLocalDescription(await peer.createOffer())
    return str(peer.localDescription.sdp)


@asynccontextmanager
async def publishing(
    http: aiohttp.ClientSession, url: str, live_id: str, key: str, frequency_hz: float = 440.0
) -> AsyncIterator[Publisher]:
    """Publishes a tone while the block lasts; vanishes without a word at its end."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/sdp"}
        offer = await offer_of(peer, frequency_hz)
        async with http.post(f"{url}/whip/{live_id}", data=offer, headers=headers) as response:
            assert response.status == 201, await response.text()
            answer = await response.text()
            session_url = f"{url}{response.headers['Location']}"
            etag = response.headers["ETag"]
        await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        yield Publisher(peer, offer, session_url, etag, answer)
    finally:
        await peer.close()

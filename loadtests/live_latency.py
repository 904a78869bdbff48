"""How soon and how late a broadcast is heard: `python -m loadtests.live_latency [--reps 5]`.

A whole hub (`veza up`), nginx-rtmp in front of it. A publisher sends a soft tone that is loud in
one second of every 3.7, by the clock: by WebRTC (aiortc, Opus) or by RTMP (PyAV, AAC). A
listener asks for the playlist ten times a second, takes what is new and decodes it. Printed are the
time from going live to the first sound that a listener holds, and how old the beginning of each
loud second is when he holds it. What a player keeps in reserve comes on top. A third way is heard
by WebRTC (WHEP) too, where the reserve, aiortc's, is part of the figure.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import aioice.ice
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av.audio.frame import AudioFrame
from msgspec import Struct
from numpy.typing import NDArray

from loadtests.pulses import LOUD, PERIOD_S, RATE_HZ, SOFT, Account, by_rtmp, by_whip
from storage import embedded
from tests.interrupts import interruptible
from tests.listener import decoded, read_playlist
from tests.rtmp import rtmp_server
from tests.running import RunningHub, run_hub

EVERY_S = 0.1
ONSETS = 8
"""Of one broadcast."""
SECRET = "of-this-run-alone-on-loopback"  # noqa: S105 -- guards nothing beyond the run
WITHIN_S = 60.0


class Heard(Struct, frozen=True):
    """One broadcast."""

    first_s: float
    onsets_ms: list[float]


Way = Callable[[Account], Awaitable[Heard]]
Publish = Callable[[Account], AbstractAsyncContextManager[None]]


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


async def listen_at_once(account: Account) -> Heard:
    """Goes live by WebRTC, and hears it so."""
    await account.announce()
    began_s = time.time()
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks: asyncio.Queue[MediaStreamTrack] = asyncio.Queue()
    peer.on("track", tracks.put_nowait)
    try:
        async with asyncio.timeout(WITHIN_S), by_whip(account):
            peer.addTransceiver("audio", direction="recvonly")
            await peer.setLocalDescription(await peer.createOffer())
            answer = await _answer(account, peer.localDescription.sdp)
            await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
            return await _hear(await tracks.get(), began_s)
    finally:
        await peer.close()


async def _answer(account: Account, offer: str) -> str:
    """The hub's, as soon as it makes the broadcast."""
    url = f"{account.url}/whep/{account.live['id']}"
    while True:
        headers = {"Content-Type": "application/sdp"}
        async with account.http.post(url, data=offer, headers=headers) as response:
            text = await response.text()
        if response.status == 201:
            return text
        assert response.status == 409, text
        await asyncio.sleep(EVERY_S)


async def _hear(track: MediaStreamTrack, began_s: float) -> Heard:
    first_s, onsets_ms, was_loud = None, list[float](), True
    while len(onsets_ms) < ONSETS:
        frame = await track.recv()
        here_s = time.time()
        assert isinstance(frame, AudioFrame)
        level = float(np.abs(frame.to_ndarray().astype(np.float32)).max()) / 32_768
        if first_s is None and level > SOFT / 2:
            first_s = here_s - began_s
        is_loud = level > (LOUD + SOFT) / 2
        if is_loud and not was_loud:
            onsets_ms.append(here_s % PERIOD_S * 1_000)
        was_loud = is_loud
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
    ways: dict[str, Way] = {
        "WHIP to HLS": lambda account: listen(account, by_whip),
        "RTMP to HLS": lambda account: listen(account, by_rtmp),
        "WHIP to WHEP": listen_at_once,
    }
    found: dict[str, list[Heard]] = {name: [] for name in ways}
    for number in range(reps):
        for name, way in ways.items():
            async with aiohttp.ClientSession() as http:
                account = Account(http, hub.url, rtmp_url)
                await account.register(f"{name.replace(' ', '').lower()}{number}")
                found[name].append(await way(account))
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
    sys.exit(interruptible(main))

"""Pulling from an RTMP server, with a real one: what is heard, and what is not there."""

import asyncio
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from media.live.publisher import PeerGone
from media.rtmp.pull import Pull, open_pull
from storage import embedded
from tests.listener import loudest_hz
from tests.rtmp import ffmpeg_publishes, pyav_publishes, rtmp_server

KEY = "live_of-this-test"
DEADLINE_S = 30.0


class _Yes(BaseHTTPRequestHandler):
    """Lets everybody publish."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where anybody may publish."""
    folder = tmp_path_factory.mktemp("rtmp")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Yes) as callbacks:
        Thread(target=callbacks.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{callbacks.server_port}"
        with rtmp_server(folder, embedded.free_port(), url, "whatever") as rtmp_url:
            yield f"{rtmp_url}/{KEY}"
        callbacks.shutdown()


async def heard(pull: Pull, seconds: float) -> tuple[list[int], NDArray[np.float32]]:
    """Where each piece begins and how it goes on, and the left channel of all of them."""
    pieces, stamps, samples = [], [], 0
    async with asyncio.timeout(DEADLINE_S):
        await pull.connected()
        while samples < seconds * 48_000:
            stamp, sound = await pull.receive()
            stamps += [stamp, stamp + len(sound)]
            samples += len(sound)
            pieces.append(sound[:, 0])
    return stamps, np.concatenate(pieces).astype(np.float32)


@pytest.mark.parametrize(
    ("publishes", "frequency_hz"), [(ffmpeg_publishes, 440.0), (pyav_publishes, 880.0)]
)
async def test_a_broadcast_is_heard_without_a_tear(
    address: str, tmp_path: Path, publishes: Any, frequency_hz: float
) -> None:
    async with open_pull(address) as pull:  # before anybody publishes, as nginx-rtmp has it
        with publishes(address, frequency_hz, tmp_path):
            stamps, sound = await heard(pull, 3.0)
    assert abs(loudest_hz(sound[-96_000:]) - frequency_hz) < 3.0
    assert stamps[2::2] == stamps[1:-1:2], "each piece begins where the one before ends"


async def test_a_publisher_who_stops_is_gone(address: str, tmp_path: Path) -> None:
    async with open_pull(address) as pull:
        with pyav_publishes(address, 440.0, tmp_path):
            await heard(pull, 0.2)
        await pull.close()
        with pytest.raises(PeerGone):
            await pull.receive()


async def test_a_server_that_is_not_there_is_given_up() -> None:
    url = f"rtmp://127.0.0.1:{embedded.free_port()}/live/{KEY}"
    async with open_pull(url, within_s=1.0) as pull:
        with pytest.raises(PeerGone):
            await pull.connected()


@pytest.mark.parametrize(
    "url", ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/live", "concat:a|b"]
)
async def test_nothing_but_rtmp_is_opened(url: str) -> None:
    async with open_pull(url, within_s=1.0) as pull:
        with pytest.raises(PeerGone):
            await pull.connected()

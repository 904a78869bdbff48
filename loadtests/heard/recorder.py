"""Records every channel of the card into a file, and remembers when it did."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loadtests.heard.sound_server import RATE_HZ, SoundServer

STARTS_WITHIN_S = 10.0
_SAMPLE_BYTES = 2


class Recording:
    """What the listeners sounded like. Times are Unix seconds of this machine."""

    def __init__(self, path: Path, channels: int) -> None:
        self.path = path
        self.channels = channels
        self.began_at_s = float("inf")
        """When the first sample sounded: the earliest that fits all chunks, since a chunk is
        handed over late by chance but never early."""
        self.count = 0
        """Samples so far, of each channel."""

    def take(self, chunk: bytes, now_s: float) -> None:
        """Notes that a chunk has arrived."""
        self.count += len(chunk) // (_SAMPLE_BYTES * self.channels)
        self.began_at_s = min(self.began_at_s, now_s - self.count / RATE_HZ)

    def at(self, unix_s: float) -> float:
        """Where in the recording this moment is, in seconds; good to some 20 ms."""
        return unix_s - self.began_at_s

    def channel(self, number: int) -> NDArray[np.float32]:
        """One listener's sound, full scale ±1."""
        size = self.path.stat().st_size // (_SAMPLE_BYTES * self.channels)
        whole = np.memmap(self.path, "<i2", "r", shape=(size, self.channels))
        return whole[:, number].astype(np.float32) / np.float32(32_768)


@contextmanager
def recording(server: SoundServer, path: Path) -> Iterator[Recording]:
    """Records while the block runs; complete afterwards.

    Raises:
        RuntimeError: no sound arrived.
    """
    found = Recording(path, server.channels)
    process = subprocess.Popen(
        [
            *("parec", f"--device={server.monitor}", f"--rate={RATE_HZ}", "--format=s16le"),
            f"--channels={server.channels}",
            "--channel-map=" + ",".join(f"aux{number}" for number in range(server.channels)),
            *("--no-remix", "--raw", "--latency-msec=20"),
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, **server.environment()},
        start_new_session=True,
    )
    started = threading.Event()
    thread = threading.Thread(target=_copy, args=(process, path, found, started))
    thread.start()
    try:
        if not started.wait(STARTS_WITHIN_S):
            raise RuntimeError("The monitor of the sound server gives no sound.")
        yield found
    finally:
        process.terminate()
        process.wait()
        thread.join()


def _copy(
    process: "subprocess.Popen[bytes]", path: Path, found: Recording, started: threading.Event
) -> None:
    assert process.stdout is not None
    frame, left = _SAMPLE_BYTES * found.channels, b""
    with path.open("wb") as file:
        while chunk := os.read(process.stdout.fileno(), 1 << 16):
            now_s = time.time()
            whole = left + chunk
            cut = len(whole) - len(whole) % frame
            left = whole[cut:]
            file.write(whole[:cut])
            found.take(whole[:cut], now_s)
            started.set()

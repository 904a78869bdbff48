"""A PulseAudio of our own: one silent sound card with a channel for each listener.

Its sinks are mono, one a listener, and each is one channel of the same card, whose monitor is
recorded: all listeners share one sample index, so that they can be compared to the sample. The
card runs at 50 kHz: at other rates its clock drops fractions of microseconds and wanders by some
hundred ppm. Nothing but a socket in a folder of ours is open, and it ends by its process id.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RATE_HZ = 50_000
READY_WITHIN_S = 10.0
CARD = "heard"


class SoundServer:
    """A running sound server."""

    def __init__(self, folder: Path, channels: int, process: "subprocess.Popen[bytes]") -> None:
        self.channels = channels
        self.pid = process.pid
        self._folder = folder

    def environment(self) -> dict[str, str]:
        """What a program needs to find this server and no other."""
        return {
            "PULSE_SERVER": f"unix:{self._folder / 'native'}",
            "PULSE_COOKIE": str(self._folder / "cookie"),
            "PULSE_RUNTIME_PATH": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
        }

    def sink(self, channel: int) -> str:
        """Name of the sink that is this channel of the card."""
        return f"listener{channel}"

    @property
    def everybody(self) -> str:
        """Name of a sink with all channels, for one program that plays several voices at once."""
        return "everybody"

    @property
    def monitor(self) -> str:
        """Name of the source that has every channel as it sounds."""
        return f"{CARD}.monitor"


@contextmanager
def sound_server(folder: Path, channels: int) -> Iterator[SoundServer]:
    """A sound server while the block runs.

    Raises:
        FileNotFoundError: PulseAudio is not installed; the message says what to do.
        RuntimeError: it did not start, with what it said.
    """
    if shutil.which("pulseaudio") is None or shutil.which("parec") is None:
        raise FileNotFoundError("This needs PulseAudio: apt-get install pulseaudio")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    script, log = folder / "heard.pa", folder / "pulseaudio.log"
    script.write_text(_script(folder, channels))
    with log.open("wb") as said:
        process = subprocess.Popen(
            [
                *("pulseaudio", "-n", "-F", str(script), "--daemonize=no", "--use-pid-file=no"),
                *("--exit-idle-time=-1", "--disable-shm=yes", "--log-target=stderr"),
            ],
            stdout=said,
            stderr=said,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(folder),
                "XDG_RUNTIME_DIR": str(folder),
                "PULSE_RUNTIME_PATH": str(folder),
            },
            start_new_session=True,
        )
    server = SoundServer(folder, channels, process)
    try:
        _wait(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _script(folder: Path, channels: int) -> str:
    positions = ",".join(f"aux{channel}" for channel in range(channels))
    lines = [
        f"load-module module-native-protocol-unix socket={folder / 'native'} auth-anonymous=1",
        f"load-module module-null-sink sink_name={CARD} format=s16le rate={RATE_HZ}"
        f" channels={channels} channel_map={positions}",
        *(
            f"load-module module-remap-sink sink_name=listener{channel} master={CARD} channels=1"
            f" channel_map=mono master_channel_map=aux{channel} remix=no"
            for channel in range(channels)
        ),
        f"load-module module-remap-sink sink_name=everybody master={CARD} channels={channels}"
        f" channel_map={positions} master_channel_map={positions} remix=no",
    ]
    return "\n".join(lines) + "\n"


def _wait(server: SoundServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up_at = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < give_up_at and process.poll() is None:
        asked = subprocess.run(
            ["pactl", "list", "short", "sinks"],
            env={**os.environ, **server.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if server.everybody in asked.stdout:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PulseAudio did not start:\n{log.read_text(errors='replace')}")

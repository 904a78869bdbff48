"""A real RTMP server for tests, Debian's nginx as docs/nginx-rtmp.conf sets it up, and publishers.

Publishers are real programs: Debian's ffmpeg, and PyAV in a process of its own.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection

from storage import embedded
from storage.embedded import Launch

CONFIGURATION = Path(__file__).parents[1] / "docs" / "nginx-rtmp.conf"
UP_WITHIN_S = 10.0
_SPEAK = """
import sys
from tests.rtmp_speaker import speak
speak(sys.argv[1], float(sys.argv[2]))
"""


def program(name: str, package: str) -> str:
    """Path of a program that Debian brings.

    Raises:
        FileNotFoundError: not installed; the message says what to do.
    """
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        raise FileNotFoundError(f"These tests need {name}: apt-get install {package}")
    return found


@contextmanager
def rtmp_server(folder: Path, port: int, hub_url: str, secret: str) -> Iterator[str]:
    """nginx on that port while the block lasts; gives the address of its application."""
    log = folder / "rtmp.log"
    replaced = (
        ("/var/log/nginx/rtmp.log error", f"{log} info"),
        ("listen 1935", f"listen 127.0.0.1:{port}"),
        ("http://127.0.0.1:8080", hub_url),
        ("YOUR-SECRET", secret),
    )
    text = CONFIGURATION.read_text()
    for written, here in replaced:
        assert written in text, written
        text = text.replace(written, here)
    configuration = folder / "nginx-rtmp.conf"
    configuration.write_text(text)
    argv = [
        program("nginx", "nginx-light libnginx-mod-rtmp"),
        "-e",
        str(log),
        "-c",
        str(configuration),
    ]
    settings = f"daemon off; pid {folder / 'nginx.pid'};"
    with _process("nginx", [*argv, "-g", settings], folder) as process:
        embedded.wait_until(lambda: _listens(port), process, UP_WITHIN_S)
        yield f"rtmp://127.0.0.1:{port}/live"


@contextmanager
def ffmpeg_publishes(url: str, frequency_hz: float, folder: Path) -> Iterator["Publishing"]:
    """Debian's ffmpeg sends a tone and a picture, as OBS does, until the block ends."""
    sound = f"sine=frequency={frequency_hz}:sample_rate=44100"
    argv = [program("ffmpeg", "ffmpeg"), "-nostdin", "-loglevel", "error"]
    argv += [
        "-re",
        "-f",
        "lavfi",
        "-i",
        sound,
        "-re",
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=160x120:r=10",
    ]
    argv += ["-c:a", "aac", "-b:a", "128k", "-ac", "2", "-c:v", "flv1", "-f", "flv", url]
    with _process("ffmpeg", argv, folder) as process:
        yield Publishing(process)


@contextmanager
def pyav_publishes(url: str, frequency_hz: float, folder: Path) -> Iterator["Publishing"]:
    """PyAV's muxer sends a tone, without a picture, until the block ends."""
    argv = [sys.executable, "-c", _SPEAK, url, str(frequency_hz)]
    with _process("pyav", argv, folder) as process:
        yield Publishing(process)


class Publishing:
    """A publisher's process."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def is_cut_off(self, within_s: float = UP_WITHIN_S) -> bool:
        """Whether the server ends it, rather than the test."""
        try:
            return self.process.wait(within_s) != 0
        except subprocess.TimeoutExpired:
            return False


@contextmanager
def _process(name: str, argv: Sequence[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    launch = Launch(
        role=name,
        argv=tuple(argv),
        cwd=Path(__file__).parents[1],
        log=folder / f"{name}.log",
        env={"PATH": "/usr/bin:/usr/sbin:/bin", "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    process = embedded.start(launch)
    try:
        yield process
    finally:
        embedded.stop(process, launch)


def _listens(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

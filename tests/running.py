"""A whole hub as a person runs it: `veza up` in a process of its own, on ports nobody else has."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import orjson

from tests.interrupts import uninterrupted

READY_WITHIN_S = 60.0
STOPS_WITHIN_S = 10.0


class RunningHub:
    """The process of one `veza up`, and what it has said."""

    def __init__(self, data: Path, *argv: str, **environment: str) -> None:
        self.data = data
        self.said: list[str] = []
        """Lines of stdout and stderr so far."""
        self._lines: Queue[str | None] = Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub", "up", "--port", "0", "--data", str(data), *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        """Address of the first web node."""
        return str(self.run_json()["url"])

    def run_json(self) -> dict[str, Any]:
        """DATA/run.json as it is now."""
        body: dict[str, Any] = orjson.loads((self.data / "run.json").read_bytes())
        return body

    def pids(self, role: str) -> list[int]:
        """Processes of this role that answer now."""
        return [each["pid"] for each in self.run_json()["processes"] if each["role"] == role]

    def urls(self, role: str = "web") -> list[str]:
        """Addresses of the processes of this role."""
        return [each["url"] for each in self.run_json()["processes"] if each["role"] == role]

    def wait_ready(self) -> str:
        """Wait for the line `ready URL`; returns the URL."""
        return self.wait_line("ready ").removeprefix("ready ")

    def wait_line(self, begins: str, within_s: float = READY_WITHIN_S) -> str:
        """The next line that begins so.

        Raises:
            AssertionError: it did not come, with everything that was said.
        """
        give_up_at = time.monotonic() + within_s
        while (left_s := give_up_at - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left_s)
            except Empty:
                break
            if line is None:
                break
            if line.startswith(begins):
                return line
        raise AssertionError(f"no line begins with {begins!r}:\n" + "\n".join(self.said))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end and wait; returns its exit code."""
        self.process.send_signal(how)
        return self.process.wait(STOPS_WITHIN_S)

    def kill(self) -> None:
        """End the supervisor alone, as a crash does; its children live on."""
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            self._lines.put(line.rstrip())
        self._lines.put(None)


@contextmanager
def run_hub(data: Path, *argv: str, **environment: str) -> Iterator[RunningHub]:
    """A hub that answers while the block runs, without demo; its children end with the block."""
    with ExitStack() as stack:
        with uninterrupted():
            hub = RunningHub(data, "--no-demo", *argv, **environment)
            stack.callback(end, hub)
        hub.wait_ready()
        yield hub


def end(hub: RunningHub) -> None:
    """End it and everything it has started, whatever state it is in."""
    from hub.supervisor import end_leftovers

    if hub.process.poll() is None:
        hub.process.terminate()
        try:
            hub.process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            hub.process.kill()
            hub.process.wait()
    if hub.data.is_dir():
        end_leftovers(hub.data)

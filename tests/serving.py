"""One `veza serve` in a process of its own, on the servers of a test."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from storage import embedded
from tests.eventually import eventually
from tests.nodes import SECRET

READY_WITHIN_S = 60.0


class Served:
    """A web node that runs; `url` without a slash at the end."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    def terminate(self) -> None:
        """SIGTERM, by its process id."""
        self.process.send_signal(signal.SIGTERM)

    async def exit_code(self, within_s: float) -> int:
        """Its exit code, once it has ended by itself."""
        await eventually(lambda: self.process.poll() is not None, within_s)
        return int(self.process.returncode)

    def said(self) -> str:
        """Its log."""
        return self._log.read_text(errors="replace")

    def resident_bytes(self) -> int:
        """Memory that is its own and in use now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@asynccontextmanager
async def serving(
    database_url: str, redis_url: str, folder: Path, *, port: int = 0, **environment: str
) -> AsyncIterator[Served]:
    """A node that answers while the block runs, with every limit on unless told otherwise."""
    port = port or embedded.free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"web-{port}.log"
    variables = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "JWT_SECRET": SECRET,
        "OBJECTS_DIR": str(folder / "objects"),
        "DATA": str(folder),
        "LOG_LEVEL": "INFO",
        **environment,
    }
    served = _start(port, log, variables)
    process = served.process
    try:
        try:
            await until_ready(served.url, lambda: process.poll() is not None, READY_WITHIN_S)
        except (TimeoutError, ConnectionError) as error:
            raise AssertionError(f"the node did not answer:\n{served.said()}") from error
        yield served
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _start(port: int, log: Path, variables: dict[str, str]) -> Served:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "serve", "--port", str(port)],
            stdout=output,
            stderr=output,
            env={**os.environ, **variables},
            start_new_session=True,
        )
    return Served(process, port, log)


async def until_ready(url: str, has_ended: Callable[[], bool], within_s: float) -> None:
    """Returns once a web node says that it is ready.

    Args:
        url: of the node.
        has_ended: of its process; who has ended need not be asked any more.
        within_s: the deadline.

    Raises:
        TimeoutError: it was not ready in time.
        ConnectionError: its process has ended.
    """
    async with aiohttp.ClientSession() as http:

        async def is_ready() -> bool:
            if has_ended():
                raise ConnectionError(f"{url} has ended")
            try:
                async with http.get(f"{url}/readyz") as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

        await eventually(is_ready, within_s, each_s=0.05)

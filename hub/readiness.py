"""How parts say that they answer: web nodes on /readyz, workers by a datagram (hub/notify.py)."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

PROBE_TIMEOUT_S = 3.0
_PID = re.compile(rb"^MAINPID=(\d+)$", re.MULTILINE)


class Readiness:
    """Asks and listens; made by `open_readiness`."""

    def __init__(self, client: aiohttp.ClientSession, socket_path: Path) -> None:
        self._client = client
        self.socket_path = socket_path
        """What NOTIFY_SOCKET says to the parts."""
        self.notified: set[int] = set()
        """Pids that have sent READY=1."""

    async def answers_on_readyz(self, url: str) -> bool:
        """True when the node takes requests and everything behind it is there."""
        try:
            async with self._client.get(f"{url}/readyz") as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def has_notified(self, pid: int) -> bool:
        """True when the process has said so itself."""
        return pid in self.notified


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, notified: set[int]) -> None:
        self._notified = notified

    def datagram_received(self, data: bytes, addr: object) -> None:
        if b"READY=1" in data.splitlines() and (found := _PID.search(data)) is not None:
            self._notified.add(int(found[1]))


@asynccontextmanager
async def open_readiness() -> AsyncIterator[Readiness]:
    """Listen on a socket in a folder of its own: a data folder's path may be too long for one."""
    timeout = aiohttp.ClientTimeout(total=PROBE_TIMEOUT_S)
    with TemporaryDirectory(prefix="veza-") as folder:
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as client:
            readiness = Readiness(client, Path(folder) / "notify")
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Listener(readiness.notified),
                local_addr=str(readiness.socket_path),
                family=socket.AF_UNIX,
            )
            try:
                yield readiness
            finally:
                transport.close()

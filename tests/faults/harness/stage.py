"""Everything a trial runs on: servers, web nodes and the edges between them, all real."""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from storage import embedded
from storage.migrate import migrate
from tests.eventually import eventually
from tests.faults.harness.proxy import Proxy, open_proxy
from tests.faults.servers import KillableServer
from tests.interrupts import in_thread

SECRET = "a secret of this trial, long enough for HS256"
NODES = 3
# Recovery else begins with an fsync of each file, one by one: seconds on a busy disk.
QUICK_RECOVERY = {"recovery_init_sync_method": "syncfs"}
READY_WITHIN_S = 40.0


class WebNode:
    """One `veza serve`, with a proxy on each of its edges."""

    def __init__(
        self, number: int, folder: Path, database: Proxy, redis: Proxy, mutant: str | None
    ) -> None:
        self.number = number
        self.database = database
        self.redis = redis
        self.port = embedded.free_port()
        self.people: Proxy
        """The edge to its clients."""
        self.log = folder / f"node-{number}.log"
        self._folder = folder
        self._mutant = mutant
        self.environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its own address, which no fault comes near."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def people_url(self) -> str:
        """Its address for clients, by way of the proxy."""
        return f"http://127.0.0.1:{self.people.port}"

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def start(self) -> None:
        """Starts it; returns at once."""
        argv = [sys.executable, "-m", "tests.faults.harness.launcher", self._mutant or "none"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*argv, "serve", "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    def send(self, what: signal.Signals) -> None:
        """A signal, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(what)

    async def wait_ready(self) -> None:
        """Returns when /readyz answers 200.

        Raises:
            RuntimeError: it ended, or did not get there in time.
        """

        async def is_ready() -> bool:
            if await asyncio.to_thread(_answers, f"{self.url}/readyz"):
                return True
            if self.pid is None:
                raise RuntimeError(f"node {self.number} ended: {self.tail()}")
            return False

        try:
            await eventually(is_ready, READY_WITHIN_S, each_s=0.05)
        except TimeoutError:
            raise RuntimeError(f"node {self.number} is not ready: {self.tail()}") from None

    async def wait_ended(self, within_s: float) -> float:
        """Seconds until it had ended; after `within_s` it is killed."""
        began_s = asyncio.get_running_loop().time()
        try:
            await eventually(lambda: self.pid is None, within_s)
        except TimeoutError:
            self.kill()
        return asyncio.get_running_loop().time() - began_s

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self.send(signal.SIGKILL)
            self._process.wait()

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-2_000:] if self.log.exists() else ""

    def rss_bytes(self) -> int:
        """Memory that it holds now."""
        if self.pid is None:
            return 0
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


class Stage:
    """What the nemesis breaks and the people use."""

    def __init__(self, folder: Path, postgres_settings: Mapping[str, str]) -> None:
        self.folder = folder
        password = secrets.token_urlsafe(16)
        self.postgres_port, self.redis_port = embedded.free_port(), embedded.free_port()
        self._password = password
        self.database_url = embedded.postgres_url(self.postgres_port, password)
        """Past every proxy."""
        self.redis_url = embedded.redis_url(self.redis_port, password)
        embedded.initialise_postgres(folder / "postgres", password)
        self.postgres = KillableServer(
            embedded.postgres_launch(
                folder / "postgres",
                self.postgres_port,
                folder / "postgres.log",
                settings={**QUICK_RECOVERY, **postgres_settings},
            ),
            lambda: embedded.postgres_answers(self.database_url),
        )
        self.redis = KillableServer(
            embedded.redis_launch(
                folder / "redis", self.redis_port, password, folder / "redis.log"
            ),
            lambda: embedded.redis_answers(self.redis_url),
        )
        self.nodes: list[WebNode] = []

    def environment(self, node: WebNode) -> dict[str, str]:
        """What a node is told: its servers stand behind its proxies."""
        return {
            "DATABASE_URL": embedded.postgres_url(node.database.port, self._password),
            "REDIS_URL": embedded.redis_url(node.redis.port, self._password),
            "JWT_SECRET": SECRET,
            "LIMITS": "off",
            "OBJECTS_DIR": str(self.folder / "objects"),
            "LOG_FORMAT": "json",
            "DRAIN_S": "8",
        }

    def heal(self) -> None:
        """All edges as they should be."""
        for node in self.nodes:
            for proxy in (node.database, node.redis, node.people):
                proxy.heal()


@asynccontextmanager
async def open_stage(
    *,
    mutant: str | None = None,
    postgres_settings: Mapping[str, str] | None = None,
    nodes: int = NODES,
) -> AsyncIterator[Stage]:
    """A running hub of so many nodes; everything ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="veza-trial-"))
    folder.chmod(0o711)  # the account that PostgreSQL needs under root passes through
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stage = await in_thread(lambda: Stage(folder, postgres_settings or {}))
        stack.push_async_callback(_end, stage)
        await in_thread(stage.postgres.start)
        await in_thread(stage.redis.start)
        await asyncio.to_thread(migrate, stage.database_url)
        for number in range(nodes):
            database = await stack.enter_async_context(open_proxy(stage.postgres_port))
            redis = await stack.enter_async_context(open_proxy(stage.redis_port))
            node = WebNode(number, folder, database, redis, mutant)
            node.people = await stack.enter_async_context(open_proxy(node.port))
            node.environment = stage.environment(node)
            stage.nodes.append(node)
            node.start()
        await asyncio.gather(*(node.wait_ready() for node in stage.nodes))
        yield stage


async def _end(stage: Stage) -> None:
    for node in stage.nodes:
        node.kill()
    await asyncio.to_thread(stage.postgres.kill)
    await asyncio.to_thread(stage.redis.kill)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 -- our own node
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False

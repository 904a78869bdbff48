"""PostgreSQL and Redis of one test, to be killed and started again. fsync is on."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from storage import embedded
from storage.embedded import Launch
from storage.migrate import migrate


class KillableServer:
    """One server process that comes back under the same address."""

    def __init__(self, launch: Launch, answers: Callable[[], bool]) -> None:
        self._launch = launch
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self._process = embedded.start(self._launch)
        embedded.wait_until(self._answers, self._process)

    @property
    def runs(self) -> bool:
        """True from its start to its end, frozen or not."""
        return self._process is not None

    def family(self) -> list[int]:
        """Pids of the process and all it has started."""
        if self._process is None:
            return []
        with suppress(psutil.NoSuchProcess):
            own = psutil.Process(self._process.pid)
            return [own.pid, *(child.pid for child in own.children(recursive=True))]
        return []

    def has_ended(self) -> bool:
        """True when it was started and has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def pause(self) -> None:
        """Freezes it and all it has started: connections stay, nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9 of the process and all it has started, as a power cut for it alone.

        PostgreSQL's processes lead groups of their own: on a busy machine one outlives its parent
        for long enough to keep the next server from starting (its shared memory is in use).
        """
        if self._process is not None:
            family = []
            for pid in self.family():
                with suppress(psutil.NoSuchProcess):  # it has ended by itself
                    family.append(psutil.Process(pid))
                    family[-1].kill()
            self._process.wait()
            psutil.wait_procs(family, timeout=10)
            self._process = None

    def _signal(self, what: signal.Signals) -> None:
        for pid in self.family():
            with suppress(ProcessLookupError):  # it has ended by itself
                os.kill(pid, what)

    def stop(self) -> None:
        """Ends it cleanly if it runs."""
        if self._process is not None:
            embedded.stop(self._process, self._launch)
            self._process = None


class KillableServers:
    """A migrated database and a Redis."""

    def __init__(self, folder: Path) -> None:
        password = secrets.token_urlsafe(16)
        postgres_port, redis_port = embedded.free_port(), embedded.free_port()
        self.database_url = embedded.postgres_url(postgres_port, password)
        self.redis_url = embedded.redis_url(redis_port, password)
        embedded.initialise_postgres(folder / "postgres", password)
        self.postgres = KillableServer(
            embedded.postgres_launch(folder / "postgres", postgres_port, folder / "postgres.log"),
            lambda: embedded.postgres_answers(self.database_url),
        )
        self.redis = KillableServer(
            embedded.redis_launch(folder / "redis", redis_port, password, folder / "redis.log"),
            lambda: embedded.redis_answers(self.redis_url),
        )


@contextmanager
def killable_servers() -> Iterator[KillableServers]:
    """Both servers, running; they end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="veza-faults-"))
    folder.chmod(0o711)  # the account that PostgreSQL needs under root passes through
    servers = KillableServers(folder)
    try:
        servers.postgres.start()
        servers.redis.start()
        migrate(servers.database_url)
        yield servers
    finally:
        servers.postgres.stop()
        servers.redis.stop()
        shutil.rmtree(folder, ignore_errors=True)

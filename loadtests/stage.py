"""What load tests stand on: private PostgreSQL (fsync on) and Redis, hub nodes, peers, a generator.

Everything listens on loopback, lives in one folder, and ends with the block, each by its process
id. The measured server has the first core, the generator the second; PostgreSQL and Redis float.
"""

import base64
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from storage import embedded
from storage.embedded import Launch
from storage.migrate import migrate
from tests.interrupts import uninterrupted

LOADTESTS = Path(__file__).parent
READY_WITHIN_S = 60.0
RUN_WITHIN_S = 240.0


class Person(Struct, frozen=True):
    """An account of `veza loadtest users`."""

    user_id: str
    token: str


class Running(Struct, frozen=True):
    """Servers under load. Clients go to all `ports`; who speaks, speaks on the first."""

    ports: tuple[int, ...]
    pids: tuple[int, ...]
    """Processes whose CPU and memory are measured."""


class Stage:
    """Private servers and the means to put load on others. Open it with `open_stage`."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.redis_url = redis_url
        self._secret = secrets.token_urlsafe(32)
        self._programs = _compile(folder / "bin")
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.generator_core = (cores[0], cores[1]) if len(cores) > 1 else (0, 0)

    def environment(self) -> dict[str, str]:
        """What a hub process sees: these servers, no limits, quiet logs."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(self.folder),
            "DATA": str(self.folder / "data"),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "JWT_SECRET": self._secret,
            "LIMITS": "off",
            "LOG_LEVEL": "WARNING",
        }

    @contextmanager
    def process(
        self, role: str, argv: Sequence[str], environment: dict[str, str], core: int | None = None
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """A process of ours while the block lasts, on `core` alone if one is named."""
        pin = ("taskset", "-c", str(core)) if core is not None else ()
        launch = Launch(
            role=role,
            argv=(*pin, *argv),
            cwd=LOADTESTS.parent,
            log=self.folder / "logs" / f"{role}.log",
            env=environment,
        )
        with ExitStack() as stack:
            yield _start(stack, launch)

    def log_of(self, role: str) -> str:
        """The end of what a process has said."""
        log = self.folder / "logs" / f"{role}.log"
        return log.read_text(errors="replace")[-3_000:] if log.exists() else ""

    def program(self, name: str) -> str:
        """Path of a compiled program: `generator`, `auditorium`, `requests` and others."""
        return str(self._programs / name)

    def people(self, count: int) -> list[Person]:
        """New accounts, signed in for a quarter of an hour."""
        made = subprocess.run(
            [sys.executable, "-m", "hub", "loadtest", "users", str(count)],
            env=self.environment(),
            cwd=LOADTESTS.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise RuntimeError(f"veza loadtest users: {made.stderr}")
        return [Person(_subject(token), token) for token in made.stdout.split()]

    def generate(self, program: str, argv: Sequence[str]) -> dict[str, float]:
        """Runs the load to its end and returns its figures.

        Raises:
            RuntimeError: it failed; the message is what it said.
        """
        return self._load([self.program(program), *argv])

    def client(self, name: str, argv: Sequence[str]) -> dict[str, float]:
        """Runs a program of `loadtests/clients` to its end; raises as `generate`."""
        return self._load([sys.executable, "-m", f"loadtests.clients.{name}", *argv])

    def _load(self, command: Sequence[str]) -> dict[str, float]:
        done = subprocess.run(
            ["taskset", "-c", str(self.generator_core), *command],
            cwd=LOADTESTS.parent,
            capture_output=True,
            text=True,
            timeout=RUN_WITHIN_S,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()[-1_000:]}")
        if done.stderr:
            sys.stderr.write(done.stderr[:1_000])
        figures: dict[str, float] = orjson.loads(done.stdout)
        return figures

    def file(self, name: str, lines: Sequence[str]) -> str:
        """Path of a file with these lines."""
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return str(path)


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Servers with all tables and no rows, in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="veza-load-"))
    folder.chmod(0o711)  # the service account that PostgreSQL needs under root passes through
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        embedded.initialise_postgres(folder / "postgres", password)
        port = embedded.free_port()
        launch = embedded.postgres_launch(folder / "postgres", port, folder / "postgres.log")
        url = embedded.postgres_url(port, password)
        _run(stack, launch, lambda: embedded.postgres_answers(url))
        port = embedded.free_port()
        launch = embedded.redis_launch(folder / "redis", port, password, folder / "redis.log")
        redis_url = embedded.redis_url(port, password)
        _run(stack, launch, lambda: embedded.redis_answers(redis_url))
        migrate(url)
        yield Stage(folder, url, redis_url)


def _run(stack: ExitStack, launch: Launch, answers: Any) -> None:
    process = _start(stack, launch)
    embedded.wait_until(answers, process, READY_WITHIN_S)


def _start(stack: ExitStack, launch: Launch) -> "subprocess.Popen[bytes]":
    with uninterrupted():
        process = embedded.start(launch)
        stack.callback(embedded.stop, process, launch)
    return process


def _compile(folder: Path) -> Path:
    """The C programs; a second with any C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise RuntimeError("load tests need a C compiler (cc, gcc or clang) on PATH")
    folder.mkdir()
    generator = LOADTESTS / "generator"
    shared = [str(generator / "measure.c")]
    sources = {
        "auditorium": [
            *shared,
            *(str(generator / f"{name}.c") for name in ("seen", "clients", "auditorium")),
        ],
        "generator": [
            *shared,
            *(str(generator / f"{name}.c") for name in ("seen", "clients", "generator")),
        ],
        "requests": [*shared, str(generator / "requests.c")],
        "listeners": [*shared, str(generator / "listeners.c")],
        "floor": [str(LOADTESTS / "floor" / "floor.c")],
    }
    for name, files in sources.items():
        subprocess.run([compiler, "-O2", "-o", str(folder / name), *files, "-lm"], check=True)
    return folder


def _subject(token: str) -> str:
    payload = token.split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["sub"])

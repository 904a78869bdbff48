"""Real servers for every test: one private PostgreSQL and Redis a session, a database a test.

`database_url`, `redis_url` and `pool` are empty and migrated, and nobody else's. The tables are
made once, in a template that each test's database is copied from.
"""

import itertools
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from hypothesis import HealthCheck, settings
from msgspec import Struct
from psycopg.sql import SQL, Identifier

from storage import embedded
from storage.backends import Pool, open_pool
from storage.migrate import migrate
from tests.nodes import features, open_one, people
from tests.songs import song

__all__ = ["features", "open_one", "people", "song"]  # fixtures for every test

TEMPLATE = "veza_template"

# No test of ours depends on the machine's speed: an example may take as long as it takes.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Tests kill servers, never the machine: what the kernel has is as good as on disk. Tests of
# durability start servers of their own with fsync on.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "300",
}

REDIS_DATABASES = 10_000
_numbers = itertools.count(1)


class Servers(Struct, frozen=True):
    """The servers of this test session."""

    postgres_port: int
    redis_port: int
    password: str

    def database_url(self, name: str) -> str:
        return embedded.postgres_url(self.postgres_port, self.password, name)

    def redis_url(self, number: int) -> str:
        return embedded.redis_url(self.redis_port, self.password, number)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL with a migrated template, and Redis; both end with the session."""
    folder = Path(tempfile.mkdtemp(prefix="veza-test-", dir=_memory_folder()))
    folder.chmod(0o711)  # the service account that PostgreSQL needs under root passes through
    running = Servers(embedded.free_port(), embedded.free_port(), secrets.token_urlsafe(16))
    try:
        with _postgres(folder, running), _redis(folder, running):
            migrate(running.database_url(TEMPLATE))
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(servers: Servers) -> Iterator[str]:
    """A database with all tables and no rows, for this test alone."""
    name = f"veza_{next(_numbers)}"
    with psycopg.connect(servers.database_url("postgres"), autocommit=True) as admin:
        admin.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                Identifier(name), Identifier(TEMPLATE)
            )
        )
        yield servers.database_url(name)
        admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def redis_url(servers: Servers) -> Iterator[str]:
    """An empty Redis database for this test alone (channels are shared by the whole server)."""
    url = servers.redis_url(next(_numbers) % REDIS_DATABASES)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connections to this test's database, as the product opens them."""
    async with open_pool(database_url, size=10) as opened:
        yield opened


def _memory_folder() -> str | None:
    """Copying the template takes 16 ms in memory and 500 ms on this project's CI disks."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    return str(memory) if roomy else None


@contextmanager
def _postgres(folder: Path, servers: Servers) -> Iterator[None]:
    data = folder / "postgres"
    embedded.initialise_postgres(data, servers.password)
    log = folder / "postgres.log"
    launch = embedded.postgres_launch(data, servers.postgres_port, log, settings=FAST)
    process = embedded.start(launch)
    try:
        url = servers.database_url(TEMPLATE)
        embedded.wait_until(lambda: embedded.postgres_answers(url), process)
        yield
    finally:
        embedded.stop(process, launch)


@contextmanager
def _redis(folder: Path, servers: Servers) -> Iterator[None]:
    launch = embedded.redis_launch(
        folder / "redis",
        servers.redis_port,
        servers.password,
        folder / "redis.log",
        databases=REDIS_DATABASES,
    )
    process = embedded.start(launch)
    try:
        embedded.wait_until(lambda: embedded.redis_answers(servers.redis_url(0)), process)
        yield
    finally:
        embedded.stop(process, launch)

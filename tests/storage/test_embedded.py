"""Private servers: made once, durable, closed to strangers, alive again after a crash."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from storage import embedded
from storage.embedded.service_user import service_user

PASSWORD = "correct-horse"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder below one that only its owner may enter, as root's home is."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    return closed / "data"


@pytest.fixture
def port() -> int:
    return embedded.free_port()


class Server:
    """A server that a test starts, kills and starts again."""

    def __init__(self, launch: embedded.Launch, url: str) -> None:
        self.launch = launch
        self.url = url
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = embedded.start(self.launch)
        answers = embedded.postgres_answers if "postgres" in self.url else embedded.redis_answers
        embedded.wait_until(lambda: answers(self.url), self.process)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        embedded.stop(self.process, self.launch)
        return self.process.returncode


@pytest.fixture
def postgres(data: Path, port: int) -> Iterator[Server]:
    embedded.initialise_postgres(data / "postgres", PASSWORD)
    launch = embedded.postgres_launch(data / "postgres", port, data / "postgres.log")
    server = Server(launch, embedded.postgres_url(port, PASSWORD))
    server.start()
    yield server
    server.stop()


def test_the_database_has_what_the_migrations_count_on(postgres: Server) -> None:
    with psycopg.connect(postgres.url) as connection:
        one = connection.execute("SHOW server_version_num").fetchone()
        assert one is not None
        assert int(one[0]) >= 180_000
        assert connection.execute("SELECT lower('ÉTÉ')").fetchone() == ("été",)
        assert connection.execute("SELECT uuidv7() < uuidv7()").fetchone() == (True,)
        connection.execute("CREATE EXTENSION pg_trgm")
        trigrams = connection.execute("SELECT show_trgm('été')").fetchone()
        assert trigrams is not None
        assert len(trigrams[0]) == 4


def test_nothing_of_durability_is_given_away(postgres: Server) -> None:
    with psycopg.connect(postgres.url) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)


def test_the_server_is_not_root_and_takes_no_stranger(postgres: Server, port: int) -> None:
    account = service_user()
    assert postgres.process is not None
    owner = Path(f"/proc/{postgres.process.pid}").stat().st_uid
    assert owner == (os.geteuid() if account is None else account.uid)
    assert owner != 0
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(embedded.postgres_url(port, "wrong"))


def test_the_service_account_passes_closed_folders_and_gains_nothing_else(tmp_path: Path) -> None:
    account = service_user()
    if account is None:
        assert os.geteuid() != 0
        return
    program = tmp_path / "program"  # pytest's folders are closed to all but their owner
    program.write_text("#!/bin/sh\ngrep -E '^(Uid|Cap(Bnd|Eff))' /proc/self/status")
    program.chmod(0o700)
    assert not account.reaches(program, tmp_path)
    # access(2) is what initdb asks, and it has rules of its own.
    script = (
        f"import os; assert os.access({str(program)!r}, os.X_OK); os.execv({str(program)!r}, ['x'])"
    )
    argv = account.past_closed_folders((sys.executable, "-c", script))
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[0].split() == ["Uid:", *[str(account.uid)] * 4], done.stderr
    assert [int(line.split()[1], 16) for line in done.stdout.split("\n")[1:3]] == [2, 2]


def test_a_committed_row_outlives_kill_9(postgres: Server) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (7)")
        postgres.kill()
    postgres.start()
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]


def test_stopping_waits_for_no_client(postgres: Server) -> None:
    with psycopg.connect(postgres.url):
        assert postgres.stop() == 0


def test_a_cluster_is_made_once(postgres: Server, data: Path) -> None:
    before = (data / "postgres" / "PG_VERSION").stat().st_mtime_ns
    embedded.initialise_postgres(data / "postgres", "another password")
    assert (data / "postgres" / "PG_VERSION").stat().st_mtime_ns == before


def test_a_making_that_was_cut_off_leaves_no_half_cluster(data: Path) -> None:
    (data / "postgres.making-1").mkdir(parents=True)
    (data / "postgres.making-1" / "PG_VERSION").touch()
    embedded.initialise_postgres(data / "postgres", PASSWORD)
    assert (data / "postgres" / "global" / "pg_control").exists()
    assert not (data / "postgres.making-1").exists()


def test_redis_is_closed_and_keeps_nothing(data: Path, port: int) -> None:
    launch = embedded.redis_launch(data / "redis", port, PASSWORD, data / "redis.log")
    server = Server(launch, embedded.redis_url(port, PASSWORD))
    server.start()
    try:
        stranger = redis.Redis(host="127.0.0.1", port=port, retry=Retry(NoBackoff(), 0))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.get("key")
        with redis.Redis.from_url(server.url) as client:
            client.set("key", "value")
        assert PASSWORD not in Path(f"/proc/{_pid(server)}/cmdline").read_text()
        server.kill()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("key") is None
    finally:
        server.stop()
    assert list((data / "redis").iterdir()) == []


def test_a_server_that_cannot_start_is_told_from_one_that_is_slow(data: Path, port: int) -> None:
    data.mkdir()
    launch = embedded.Launch("broken", ("false",), data, data / "log", {"PATH": os.defpath})
    process = embedded.start(launch)
    with pytest.raises(RuntimeError, match="ended with code 1"):
        embedded.wait_until(lambda: False, process)


def test_stop_kills_what_does_not_listen(data: Path) -> None:
    data.mkdir()
    script = "trap '' TERM; echo deaf; while :; do sleep 0.1; done"
    launch = embedded.Launch("deaf", ("sh", "-c", script), data, data / "log", {"PATH": os.defpath})
    process = embedded.start(launch)
    embedded.wait_until(lambda: launch.log.read_text() == "deaf\n", process)
    embedded.stop(process, launch, deadline_s=0.2)
    assert process.returncode == -signal.SIGKILL


def _pid(server: Server) -> int:
    assert server.process is not None
    return server.process.pid

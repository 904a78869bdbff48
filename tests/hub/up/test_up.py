"""`veza up`, for real: everything answers, nothing that dies stays dead, all ends in time."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tests.eventually import eventually_blocking
from tests.running import STOPS_WITHIN_S, RunningHub, end, run_hub

DEADLINE_S = 30.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """One hub of two nodes that the tests below disturb, one after another."""
    with run_hub(tmp_path_factory.mktemp("up") / "data", "--nodes", "2") as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Callable[..., RunningHub]]:
    """Start hubs on this test's own folder; all are ended with the test."""
    started: list[RunningHub] = []

    def start(*argv: str) -> RunningHub:
        started.append(RunningHub(tmp_path / "data", "--no-demo", *argv))
        return started[-1]

    yield start
    for each in started:
        end(each)


def gone(pid: int) -> bool:
    """Ended; a zombie whose parent died too has ended."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def status_of(url: str) -> int:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- a node's own address
        return int(answer.status)


def test_run_json_names_every_part_and_each_answers(hub: RunningHub) -> None:
    run = hub.run_json()
    roles = sorted(each["role"] for each in run["processes"])
    assert roles == ["ingest", "postgres", "redis", "web", "web", "worker"]
    assert run["url"] == hub.urls("web")[0]
    assert all(status_of(f"{url}/readyz") == 200 for url in hub.urls("web"))
    assert all(psutil.pid_exists(each["pid"]) for each in run["processes"])
    with psycopg.connect(run["database_url"]) as connection:
        assert connection.execute("SELECT count(*) FROM rooms").fetchone() == (0,)
    with redis.Redis.from_url(run["redis_url"]) as client:
        assert client.ping()
    for each in run["processes"]:
        if each["port"] is not None:
            socket.create_connection(("127.0.0.1", each["port"]), 2).close()


def test_files_with_secrets_are_their_owners_alone(hub: RunningHub) -> None:
    for name in ("run.json", "secrets.json"):
        assert stat.S_IMODE((hub.data / name).stat().st_mode) == 0o600
    for process in psutil.Process(hub.process.pid).children(recursive=True):
        assert _secret(hub) not in " ".join(process.cmdline())


@pytest.mark.parametrize("role", ["web", "worker", "ingest", "redis", "postgres"])
def test_what_is_killed_is_started_again(hub: RunningHub, role: str) -> None:
    before = hub.pids(role)
    os.kill(before[0], signal.SIGKILL)
    eventually_blocking(
        lambda: before[0] not in hub.pids(role) and len(hub.pids(role)) == len(before), DEADLINE_S
    )
    assert all(status_of(f"{url}/readyz") == 200 for url in hub.urls("web"))


def test_a_second_one_on_the_same_folder_is_told_who_holds_it(hub: RunningHub) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "hub", "up", "--data", str(hub.data), "--port", "0"],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert second.returncode == 2
    assert f"pid {hub.process.pid}" in second.stderr
    assert hub.url in second.stderr
    assert "Traceback" not in second.stderr
    assert status_of(f"{hub.url}/readyz") == 200


def test_a_taken_port_is_named_before_anything_starts(hub: RunningHub, tmp_path: Path) -> None:
    port = hub.url.rpartition(":")[2]
    data = tmp_path / "data"
    second = subprocess.run(
        [sys.executable, "-m", "hub", "up", "--data", str(data), "--port", port],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert second.returncode == 2
    assert f"port {port}" in second.stderr
    assert "--port" in second.stderr
    assert not (data / "postgres").exists()


def test_a_signal_ends_all_of_it_in_time_and_data_stays(fresh: Callable[..., RunningHub]) -> None:
    first = fresh()
    first.wait_ready()
    pids = [each["pid"] for each in first.run_json()["processes"]]
    with psycopg.connect(first.run_json()["database_url"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    began = time.monotonic()
    assert first.stop() == 0
    assert time.monotonic() - began < STOPS_WITHIN_S
    assert all(gone(pid) for pid in pids)
    assert not (first.data / "run.json").exists()

    second = fresh()
    second.wait_ready()
    with psycopg.connect(second.run_json()["database_url"]) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_a_crash_of_all_of_it_is_recovered_from(fresh: Callable[..., RunningHub]) -> None:
    first = fresh()
    first.wait_ready()
    processes = first.run_json()["processes"]
    with psycopg.connect(first.run_json()["database_url"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.kill()
    postgres = next(each["pid"] for each in processes if each["role"] == "postgres")
    os.kill(postgres, signal.SIGKILL)

    second = fresh()
    second.wait_ready()
    assert all(gone(each["pid"]) for each in processes)
    with psycopg.connect(second.run_json()["database_url"]) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_a_signal_while_it_starts_ends_what_was_started(
    fresh: Callable[..., RunningHub],
) -> None:
    starting = fresh()
    eventually_blocking(lambda: (starting.data / "logs" / "postgres.log").exists(), DEADLINE_S)
    assert starting.stop(signal.SIGINT) == 0
    inside = [
        process.pid
        for process in psutil.process_iter()
        if process.name() == "postgres" and _is_inside(process, starting.data)
    ]
    assert inside == []


def test_lost_secrets_are_explained_before_anything_starts(
    fresh: Callable[..., RunningHub], tmp_path: Path
) -> None:
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    refused = fresh()
    assert refused.process.wait(DEADLINE_S) == 2
    refused.wait_line("veza: ")
    assert "secrets.json is missing" in " ".join(refused.said)


def _secret(hub: RunningHub) -> str:
    return str(hub.run_json()["database_url"]).split(":")[2].split("@")[0]


def _is_inside(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(folder.resolve())
    except psutil.Error:
        return False

"""Leftovers: what is ours is ended, and a stranger is never touched."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.supervisor import DataHeld, end_leftovers, hold

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")


@pytest.fixture
def started() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Processes that the test starts; ended whatever happens."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def sleeper(folder: Path, mark: str | None) -> "subprocess.Popen[bytes]":
    env = dict(os.environ) | ({} if mark is None else {"VEZA_UP": mark})
    process = subprocess.Popen(SLEEP, cwd=folder, env=env, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def test_a_hub_of_this_folder_is_ended(
    tmp_path: Path, started: list["subprocess.Popen[bytes]"]
) -> None:
    started.append(sleeper(tmp_path, str(tmp_path)))
    assert end_leftovers(tmp_path) == 1
    assert started[0].wait(5) == -15


def test_hubs_of_other_folders_and_strangers_inside_ours_live_on(
    tmp_path: Path, started: list["subprocess.Popen[bytes]"]
) -> None:
    started.append(sleeper(tmp_path, str(tmp_path / "other")))
    started.append(sleeper(tmp_path, None))
    assert end_leftovers(tmp_path) == 0
    assert [process.poll() for process in started] == [None, None]


def test_a_pid_file_that_names_a_stranger_is_forgotten(
    tmp_path: Path, started: list["subprocess.Popen[bytes]"]
) -> None:
    started.append(sleeper(tmp_path, None))
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    pid_file.parent.mkdir()
    pid_file.write_text(f"{started[0].pid}\n")
    assert end_leftovers(tmp_path) == 0
    assert not pid_file.exists()
    assert started[0].poll() is None


def test_a_folder_is_held_by_one_who_is_named(tmp_path: Path) -> None:
    with hold(tmp_path) as say_url:
        say_url("http://127.0.0.1:4242")
        with pytest.raises(DataHeld) as refused, hold(tmp_path):
            pass
    assert f"pid {os.getpid()}" in str(refused.value)
    assert "http://127.0.0.1:4242" in str(refused.value)
    with hold(tmp_path):
        pass


def test_a_killed_holder_leaves_nothing_to_clear(
    tmp_path: Path, started: list["subprocess.Popen[bytes]"]
) -> None:
    script = (
        "import sys, time, pathlib; from hub.supervisor import hold\n"
        f"with hold(pathlib.Path({str(tmp_path)!r})):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen((sys.executable, "-c", script), stdout=subprocess.PIPE)
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    process.kill()
    process.wait()
    with hold(tmp_path):
        pass

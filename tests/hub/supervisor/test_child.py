"""Children: kept alive, ended in order, known to others through run.json."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import psutil
import pytest

from hub.supervisor import Part, PartFailed, RunFile, Supervisor
from hub.supervisor.child import LOG_MAX_BYTES, Child
from storage.embedded import Launch
from tests.eventually import eventually

DEADLINE_S = 10.0

# Says that it lives by making a file named for its pid; ends on SIGTERM.
STEADY = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
pathlib.Path(f"alive-{os.getpid()}").touch()
time.sleep(60)
"""
DEAF = STEADY.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")
PARENT = """
import pathlib, subprocess, sys, os, signal, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("grandchild").write_text(str(grandchild.pid))
pathlib.Path(f"alive-{os.getpid()}").touch()
time.sleep(60)
"""


@pytest.fixture
def run_json(tmp_path: Path) -> Path:
    return tmp_path / "run.json"


@pytest.fixture
async def supervisor(run_json: Path) -> AsyncIterator[Supervisor]:
    run_file = RunFile(run_json, url="http://127.0.0.1:1")
    async with Supervisor(run_file) as opened:
        run_file.publish()
        yield opened


def part(
    folder: Path,
    name: str,
    script: str,
    *argv: str,
    start_deadline_s: float = DEADLINE_S,
    stop_deadline_s: float = DEADLINE_S,
) -> Part:
    async def answers(pid: int) -> bool:
        return (folder / f"alive-{pid}").exists()

    launch = Launch(
        role=name,
        argv=(sys.executable, "-c", script, *argv),
        cwd=folder,
        log=folder / f"{name}.log",
        env=dict(os.environ),
    )
    return Part(
        name=name,
        role=name,
        launch=launch,
        answers=answers,
        start_deadline_s=start_deadline_s,
        stop_deadline_s=stop_deadline_s,
    )


def pids(run_json: Path) -> dict[str, int]:
    return {each["role"]: each["pid"] for each in orjson.loads(run_json.read_bytes())["processes"]}


async def test_start_returns_when_every_part_answers(
    supervisor: Supervisor, tmp_path: Path, run_json: Path
) -> None:
    await supervisor.start(part(tmp_path, "one", STEADY), part(tmp_path, "two", STEADY))
    assert set(pids(run_json)) == {"one", "two"}
    assert all(psutil.pid_exists(pid) for pid in pids(run_json).values())


async def test_a_killed_part_is_started_again_and_listed_anew(
    supervisor: Supervisor, tmp_path: Path, run_json: Path
) -> None:
    await supervisor.start(part(tmp_path, "one", STEADY))
    first = pids(run_json)["one"]
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: pids(run_json).get("one", first) != first, DEADLINE_S)
    assert psutil.pid_exists(pids(run_json)["one"])


async def test_what_a_killed_part_had_started_goes_with_it(
    supervisor: Supervisor, tmp_path: Path, run_json: Path
) -> None:
    await supervisor.start(part(tmp_path, "one", PARENT))
    grandchild = psutil.Process(int((tmp_path / "grandchild").read_text()))
    os.kill(pids(run_json)["one"], signal.SIGKILL)
    await eventually(
        lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE,
        DEADLINE_S,
    )


async def test_a_part_that_ends_at_once_is_named_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    with pytest.raises(ExceptionGroup) as failed:
        await supervisor.start(part(tmp_path, "one", "raise SystemExit('no such disk')"))
    [error] = failed.value.exceptions
    assert isinstance(error, PartFailed)
    assert "one ended with code 1" in str(error)
    assert "no such disk" in str(error)


async def test_a_part_that_keeps_silent_is_given_up_and_ended(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    silent = part(tmp_path, "one", "import time; time.sleep(60)", start_deadline_s=0.3)
    with pytest.raises(ExceptionGroup) as failed:
        await supervisor.start(silent)
    assert "did not answer within" in str(failed.value.exceptions[0])
    mine = psutil.Process().children()
    assert not [each for each in mine if "time.sleep(60)" in " ".join(each.cmdline())]


async def test_leaving_ends_all_later_stages_first(tmp_path: Path, run_json: Path) -> None:
    script = STEADY.replace(
        "sys.exit(0)", "(open('ended', 'a').write(sys.argv[1] + ' '), sys.exit(0))"
    )
    run_file = RunFile(run_json, url="http://127.0.0.1:1")
    async with Supervisor(run_file) as supervisor:
        run_file.publish()
        for name in ("database", "web"):
            await supervisor.start(part(tmp_path, name, script, name))
    ended = (tmp_path / "ended").read_text().split()
    assert ended == ["web", "database"]
    assert not run_json.exists()


async def test_who_does_not_listen_is_killed_at_the_deadline(
    tmp_path: Path, run_json: Path
) -> None:
    run_file = RunFile(run_json, url="http://127.0.0.1:1")
    async with Supervisor(run_file) as supervisor:
        run_file.publish()
        await supervisor.start(part(tmp_path, "deaf", DEAF, stop_deadline_s=0.3))
        pid = pids(run_json)["deaf"]
    assert not psutil.pid_exists(pid)


async def test_a_long_log_moves_aside_and_goes_on(tmp_path: Path) -> None:
    made = part(tmp_path, "one", STEADY)
    child = Child(made, lambda _part, _pid: None)
    made.launch.log.write_bytes(b"x" * (LOG_MAX_BYTES + 1))
    child.bound_log()
    assert made.launch.log.stat().st_size == 0
    assert (tmp_path / "one.log.1").stat().st_size == LOG_MAX_BYTES + 1
    with made.launch.log.open("ab") as file:
        file.write(b"on")
    child.bound_log()
    assert made.launch.log.read_bytes() == b"on"


async def test_run_json_is_its_owners_alone_and_never_half_written(
    supervisor: Supervisor, tmp_path: Path, run_json: Path
) -> None:
    assert run_json.stat().st_mode & 0o777 == 0o600
    inode = run_json.stat().st_ino
    await supervisor.start(part(tmp_path, "one", STEADY))
    assert run_json.stat().st_ino != inode

"""A trial that is told to end takes everything it has started with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.eventually import eventually
from tests.interrupts import uninterrupted

FAULTS = ("tests.faults", "--seconds", "60")
LOAD = ("loadtests", "idle_memory", "--quick", "--server", "hub")
HEARD = ("loadtests.heard", "--network", "lan", "--engines", "media,media")

DEADLINE_S = 90.0
ENDS_WITHIN_S = 40.0


def begin(program: tuple[str, ...], folder: Path) -> "subprocess.Popen[bytes]":
    """Starts a program that keeps its files in this folder, and what it says in `said`."""
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", *program],
            stdout=said,
            stderr=said,
            env={**os.environ, "TMPDIR": str(folder)},
            start_new_session=True,
        )


def family(process: psutil.Process) -> list[psutil.Process]:
    return list(process.children(recursive=True))


def runs(started: list[psutil.Process], word: str) -> bool:
    """Whether a process whose command has this word in it is among them."""
    for process in started:
        try:
            if any(word in part for part in process.cmdline()):
                return True
        except psutil.NoSuchProcess:
            continue
    return False


def test_what_is_begun_is_noted_before_a_signal_counts() -> None:
    noted = []

    def begin_and_note() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            noted.append("begun")

    with pytest.raises(KeyboardInterrupt):
        begin_and_note()
    assert noted == ["begun"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "word"),
    [
        pytest.param(FAULTS, "initdb", id="faults, before its servers"),
        pytest.param(FAULTS, "serve", id="faults"),
        pytest.param(LOAD, "serve", id="loadtests"),
        pytest.param(HEARD, "--type=renderer", id="heard", marks=pytest.mark.browser),
    ],
)
async def test_a_trial_that_is_terminated_leaves_nothing_behind(
    program: tuple[str, ...], word: str, tmp_path: Path
) -> None:
    trial = begin(program, tmp_path)
    try:
        own = psutil.Process(trial.pid)
        await eventually(lambda: trial.poll() is not None or runs(family(own), word), DEADLINE_S)
        started = family(own)
        assert started, (tmp_path / "said").read_text()
        trial.terminate()
        os.killpg(trial.pid, signal.SIGTERM)  # as `timeout` does: the program, then its group
        await eventually(lambda: trial.poll() is not None, ENDS_WITHIN_S)
        assert trial.returncode == 128 + signal.SIGTERM, (tmp_path / "said").read_text()
        await eventually(lambda: not any(each.is_running() for each in started), 5.0)
        assert list(tmp_path.glob("veza-*")) == []
    finally:
        if trial.poll() is None:
            trial.kill()
            trial.wait()

"""The README's commands, run as they stand there."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.supervisor import end_leftovers
from storage.embedded import free_port
from tests.running import STOPS_WITHIN_S

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)
    for line in block.splitlines()
    if line.strip() and not line.startswith("#")
]


def test_the_readme_has_the_two_commands_first() -> None:
    assert COMMANDS[:2] == ["make run", "make test"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder for all runs here: whichever comes first makes the demo catalog."""
    folder = tmp_path_factory.mktemp("readme") / "data"
    yield folder
    if folder.is_dir():
        end_leftovers(folder)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("stop_whole_group", [True, False], ids=["ctrl-c", "sigterm"])
def test_make_run_serves_the_page_it_names_and_ends_when_told(
    data: Path, stop_whole_group: bool
) -> None:
    command = [*COMMANDS[0].split(), f"PORT={free_port()}", f"DATA={data}"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        url = _ready_url(process)
        with urllib.request.urlopen(url, timeout=10) as page:  # noqa: S310 -- our own address
            assert b"<title>" in page.read()
        began = time.monotonic()
        if stop_whole_group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        process.wait(STOPS_WITHIN_S + 1)
        assert not (data / "run.json").exists()
        assert time.monotonic() - began < STOPS_WITHIN_S
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_make_test_runs_pytest() -> None:
    # Not all of it again: the same target, told to collect this file only.
    argv = [*COMMANDS[1].split(), f"ARGS=--collect-only -q {Path(__file__).relative_to(ROOT)}"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_make_test_runs_pytest" in done.stdout


def test_every_further_command_is_one_that_make_knows() -> None:
    known = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    named = re.findall(r"`make ([a-z]+)", README)
    assert named
    assert [name for name in named if f"make {name}" not in known] == []


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_map_names_the_folders_there_are() -> None:
    mapped = re.findall(r"^\| `(\w+)/` \|", README, re.M)
    assert [name for name in mapped if not (ROOT / name).is_dir()] == []
    code = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"docs"}
    assert code - set(mapped) == set()


def _ready_url(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("ready "):
            return line.removeprefix("ready ").strip()
    raise AssertionError("it never was ready:\n" + "".join(said))

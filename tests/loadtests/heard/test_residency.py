"""What programs run from stays in memory while a run lasts."""

import asyncio
import subprocess
import sys
from pathlib import Path

from loadtests.heard.residency import Held, resident
from tests.eventually import eventually


def locked_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return 1_024 * int(status.split("VmLck:")[1].split()[0])


def test_a_file_is_held_once_and_let_go_at_the_end(tmp_path: Path) -> None:
    file, empty = tmp_path / "program", tmp_path / "empty"
    file.write_bytes(bytes(1 << 20))
    empty.touch()
    before = locked_bytes()

    with Held() as held:
        for path in (file, file, empty, tmp_path, tmp_path / "gone"):
            held.hold(path)
        assert held.size_bytes == 1 << 20
        assert locked_bytes() == before + (1 << 20)

    assert locked_bytes() == before


def test_what_children_run_from_is_found() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        with Held() as held:
            held.hold_children()
            program = Path(f"/proc/{child.pid}/exe").stat()
            assert held.size_bytes >= program.st_size
        child.communicate(b"\n")


async def test_what_comes_later_is_held_too() -> None:
    async with resident() as held:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "input()"), stdin=asyncio.subprocess.PIPE
        )
        await eventually(lambda: held.size_bytes > 0)
        await child.communicate(b"\n")

"""What a confined process can no longer do; each check runs in a process of its own."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[3])

CHECKS = {
    "memory": "bytearray(2 * 1024**3)",
    "writing": "open('file', 'wb', buffering=0).write(b'x')",
    "many files": "[os.open('/dev/null', 0) for _ in range(40)]",
    "network": "socket.create_connection(('127.0.0.1', PORT), timeout=2)",
}


def confined(code: str, tmp_path: Path) -> str:
    """Name of the error that `code` ends with, once confined; `none` without one."""
    program = (
        "import os, resource, socket\n"
        "from media.child.confinement import confine, leave_root\n"
        "confine(60.0)\n"
        "try:\n"
        f"    {code}\n"
        "except BaseException as error:\n"
        "    os.write(1, type(error).__name__.encode())\n"
        "else:\n"
        "    os.write(1, b'none')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": ROOT},
        capture_output=True,
        timeout=30,
        check=True,
    )
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("what", "error"),
    [("memory", "MemoryError"), ("writing", "OSError"), ("many files", "OSError")],
)
def test_a_confined_process_is_refused(what: str, error: str, tmp_path: Path) -> None:
    assert confined(CHECKS[what], tmp_path) == error


def test_a_confined_process_has_no_network_where_the_kernel_lets_it_go(tmp_path: Path) -> None:
    is_let = any(
        subprocess.run(["unshare", *options, "true"], capture_output=True).returncode == 0
        for options in (("--net",), ("--user", "--net"))
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        said = confined(CHECKS["network"].replace("PORT", port), tmp_path)
    assert said == ("OSError" if is_let else "none")


def test_processor_time_grows_with_the_recording(tmp_path: Path) -> None:
    code = "assert resource.getrlimit(resource.RLIMIT_CPU) == (72, 72)"
    assert confined(code, tmp_path) == "none"


def test_root_goes_on_as_nobody(tmp_path: Path) -> None:
    code = "leave_root(); assert 0 not in (os.getuid(), os.geteuid(), os.getgid())"
    assert confined(code, tmp_path) == "none"

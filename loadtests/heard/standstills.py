"""When a core of the machine stood still: for so long nothing ran on it, whatever its priority.

A virtual machine or one of its cores may be stopped by the host, and not every host counts it as
stolen. Every listener's sound breaks off in the same moment then, which tells nothing of the hub:
it is the floor of what can be heard on this machine. So a process on each core, which goes before
everything else there, asks for 10 ms of sleep again and again, and writes down when it was not
woken.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

NOTED_S = 0.1
"""Browsers and sound servers hold that much sound or less."""
ASLEEP_S = 0.01
PRIORITY = 20
"""Of real time: before the threads of sound (`precedence.py`)."""


class Standstill(Struct, frozen=True):
    """One of them."""

    at_s: float
    """Unix time, or time in the recording: whoever holds it says."""
    lasted_s: float


class Watch:
    """Those so far, in Unix time. False `is_trusted`: this machine lets nobody go first."""

    def __init__(self) -> None:
        self.is_trusted = True
        self.noted: list[Standstill] = []


@contextmanager
def watching() -> Iterator[Watch]:
    """Watches while the block runs; complete afterwards."""
    watch = Watch()
    with ExitStack() as watchers:
        for core in sorted(os.sched_getaffinity(0)):
            watchers.enter_context(_watching(core, watch))
        yield watch


@contextmanager
def _watching(core: int, watch: Watch) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "loadtests.heard.standstills", str(core)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    watch.is_trusted &= process.stdout.readline().strip() == "first"
    thread = threading.Thread(target=_take, args=(process, watch))
    thread.start()
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        thread.join()
        process.stdout.close()


def _take(process: "subprocess.Popen[str]", watch: Watch) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        at_s, lasted_s = map(float, line.split())
        watch.noted.append(Standstill(at_s, lasted_s))


def _goes_first(core: int) -> bool:
    try:
        os.sched_setaffinity(0, {core})
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    except OSError:
        return False
    return True


def main() -> None:
    """Writes `at_s lasted_s` of one core for ever; the first line says whether it goes first."""
    print("first" if _goes_first(int(sys.argv[1])) else "as others", flush=True)
    last_s = time.monotonic()
    while True:
        time.sleep(ASLEEP_S)  # pace: a process of its own
        now_s = time.monotonic()
        if now_s - last_s >= NOTED_S:
            print(time.time() - (now_s - last_s), now_s - last_s, flush=True)
        last_s = now_s


if __name__ == "__main__":
    main()

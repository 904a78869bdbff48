"""Gives the threads that write sound to a card real time, as a desktop's rtkit or CoreAudio does.

Without it a busy machine makes them late, and what is measured is the machine's scheduler.
"""

import os
from pathlib import Path

import psutil

NAMES = ("AudioOutputDevi", "AudioOutputDeviceThread", "AudioThread", "threaded-ml", "PulseAudio")
WORKLETS = "Realtime AudioW"
PRIORITY = 5


def favour(pid: int) -> int:
    """Does so for a process and its children; returns how many threads have real time now."""
    found = 0
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in processes:
        for thread in Path(f"/proc/{process.pid}/task").glob("*"):
            found += _favour(thread)
    return found


def _favour(thread: Path) -> int:
    try:
        name = (thread / "comm").read_text().strip()
        if name not in NAMES and not name.startswith(WORKLETS):
            return 0
        number = int(thread.name)
        if os.sched_getscheduler(number) & ~os.SCHED_RESET_ON_FORK != os.SCHED_RR:
            os.sched_setscheduler(number, os.SCHED_RR, os.sched_param(PRIORITY))
    except (OSError, ValueError):
        return 0  # it has ended, or this machine does not let us
    return 1

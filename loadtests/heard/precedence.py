"""Lets what is measured go before other programs: a listener's machine is his own.

Threads that write sound to a card, and those that say when it is heard, get real time, as a
desktop's rtkit or CoreAudio gives it; all the rest goes before other sessions of this machine.
Without it a busy machine makes them late, and what is measured is its scheduler: a context's output
timestamps wandered by 15 ms for ten seconds where the sound server had to wait for a core, and by
less than 1 ms where it had not.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

AUDIO_THREADS = (
    "AudioOutputDevi",
    "AudioThread",
    "threaded-ml",  # of PulseAudio in the browser
    "pulseaudio",
)
"""As far as the kernel keeps their names."""
PRIORITY = 5
SCRIPT_THREAD = "Realtime AudioW"
"""Of an AudioWorklet, where JavaScript runs. A browser that may gives it real time, which it has to
itself on a listener's own machine. Here two of them, of two browsers, held both cores for 1.1 s,
again and again, until the kernel let others run, and every sound broke off. Without real time they
do not: they must have waited in loops for threads of their browsers, which got no core. So it goes
before all others, but not in real time."""
NICE = -20
AGAIN_AFTER_S = 0.4
"""What is started later has to be found, too."""


@asynccontextmanager
async def precedence() -> AsyncIterator[None]:
    """All that this process starts goes first while the block runs."""

    async def favour() -> None:
        while True:
            favour_children()
            await asyncio.sleep(AGAIN_AFTER_S)

    async with asyncio.TaskGroup() as group:
        favouring = group.create_task(favour())
        yield
        favouring.cancel()


def favour_children() -> int:
    """Does so for all that this process has started; returns how many threads have real time."""
    found = 0
    for process in psutil.Process().children(recursive=True):
        _before_other_sessions(process.pid)
        tasks = Path(f"/proc/{process.pid}/task")
        found += sum(_favour(thread) for thread in tasks.glob("*"))
    return found


def _before_other_sessions(pid: int) -> None:
    """The kernel shares time among sessions first, so that niceness alone means nothing there."""
    autogroup = Path(f"/proc/{pid}/autogroup")
    try:
        own = os.getsid(pid) == os.getsid(0)  # the session of whoever has called us, too
        if not own and not autogroup.read_text().endswith(f"nice {NICE}\n"):
            autogroup.write_text(f"{NICE}")
    except OSError:
        pass  # it has ended, this kernel has none, or this machine does not let us


def _favour(thread: Path) -> bool:
    """Gives a thread its place; true when that is real time."""
    try:
        name = (thread / "comm").read_text().strip()
        number = int(thread.name)
        policy = os.sched_getscheduler(number) & ~os.SCHED_RESET_ON_FORK
        if name == SCRIPT_THREAD and policy != os.SCHED_OTHER:
            os.sched_setscheduler(number, os.SCHED_OTHER, os.sched_param(0))
            os.setpriority(os.PRIO_PROCESS, number, NICE)
        if name in AUDIO_THREADS and policy != os.SCHED_RR:
            os.sched_setscheduler(number, os.SCHED_RR, os.sched_param(PRIORITY))
        return name in AUDIO_THREADS
    except OSError:
        return False

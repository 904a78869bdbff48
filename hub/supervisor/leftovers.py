"""End what a killed `veza up` left behind on a data folder, and nothing else.

A process is ours when its environment says so (every child of ours that is a hub has VEZA_UP with
the folder's path, and its own children inherit it), or when it is a database or Redis server that
works inside the folder. Nothing is decided by a remembered pid: it may be somebody else's by now.
"""

import logging
import signal
import time
from pathlib import Path

import psutil

log = logging.getLogger(__name__)

MARK = "VEZA_UP"
"""Environment variable of every hub process that `veza up` starts; its value is the folder."""

_SERVERS = {"postgres", "redis-server", "valkey-server"}
_HUB_DEADLINE_S = 4.0
_SERVER_DEADLINE_S = 8.0


def end_leftovers(data: Path) -> int:
    """End them, hubs first and then the servers they use; returns how many there were. Blocks.

    The caller holds the folder, so whatever is found has lost its supervisor.
    """
    data = data.resolve()
    hubs = [process for process in psutil.process_iter() if _is_hub(process, data)]
    servers = [process for process in psutil.process_iter() if _is_server(process, data)]
    _end(hubs, signal.SIGTERM, _HUB_DEADLINE_S)
    # SIGINT ends PostgreSQL at once and cleanly; its backends take it as "cancel" and follow.
    _end(servers, signal.SIGINT, _SERVER_DEADLINE_S)
    _forget_stale_pid(data / "postgres" / "postmaster.pid")
    pids = [process.pid for process in (*hubs, *servers)]
    if pids:
        log.warning("up.leftovers_ended", extra={"pids": pids})
    return len(pids)


def _is_hub(process: psutil.Process, data: Path) -> bool:
    try:
        mark: str | None = process.environ().get(MARK)
    except (psutil.Error, OSError):
        return False
    return mark == str(data)


def _is_server(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name() in _SERVERS and Path(process.cwd()).is_relative_to(data)
    except (psutil.Error, OSError):
        return False


def _end(processes: list[psutil.Process], how: signal.Signals, deadline_s: float) -> None:
    for process in processes:
        _signal(process, how)
    for process in _wait(processes, deadline_s):
        _signal(process, signal.SIGKILL)
    _wait(processes, 2.0)


def _wait(processes: list[psutil.Process], deadline_s: float) -> list[psutil.Process]:
    """Those that still run after the deadline."""
    give_up_at = time.monotonic() + deadline_s
    while (
        running := [each for each in processes if _runs(each)]
    ) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return running


def _runs(process: psutil.Process) -> bool:
    """A zombie has ended: in a container without an init nobody collects it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, how: signal.Signals) -> None:
    try:
        process.send_signal(how)  # psutil checks that the pid is still this process
    except psutil.NoSuchProcess:
        return


def _forget_stale_pid(path: Path) -> None:
    """Whoever has that pid now is no PostgreSQL of this folder; it would only refuse to start."""
    path.unlink(missing_ok=True)
